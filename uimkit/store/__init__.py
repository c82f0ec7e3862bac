"""Card images in files that survive a power cut: the format (`image`), the file (`image_file`), the card in it."""
