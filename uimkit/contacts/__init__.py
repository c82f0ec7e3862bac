"""Contacts: files of several formats on one hand, the phone book of a card on the other."""

from uimkit.contacts.contact import Contact, Person, clean_number
from uimkit.contacts.formats import read_contacts, write_contacts

__all__ = ["Contact", "Person", "clean_number", "read_contacts", "write_contacts"]
