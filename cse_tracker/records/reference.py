"""Short references that people can read out: made from a record's random id, so they mean nothing by themselves."""

from typing import Final
from uuid import UUID

# No I, L, O or U (nor 0 and 1), so that nothing is misread and no word appears.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8


def reference(kind: str, record_id: UUID) -> str:
    """Give the reference of a record, such as C-7K3Q-X4MP: a letter for the kind and eight base-30 characters.

    Eight characters are 39 bits: among 10,000 records the chance of any two being alike is below one in 10,000.
    """
    number, characters = record_id.int, []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    text = "".join(characters)
    return f"{kind}-{text[:4]}-{text[4:]}"
