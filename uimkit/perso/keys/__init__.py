"""The secrets of an order: which are drawn and how, how they are wrapped, where the wrapping key comes from."""
