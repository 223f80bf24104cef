"""What word-level attacks know of English: tags, forms, synonyms and antonyms, near words.

Everything is loaded at its first use, once per process; importing this package loads nothing.
"""
