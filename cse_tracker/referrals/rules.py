"""What a referral may say, whichever door it comes through: closed lists, lengths, and ages to be explained."""

import re
from typing import Final

NONE_OF_THESE: Final = "none_of_these"
LONGEST_TEXT: Final = 10_000
LONGEST_LINE: Final = 200
ADULT: Final = 18
YOUNGEST: Final = 4
FEWEST_DIGITS: Final = 7
# The Department for Education's codes for ethnicity (children in need census).
ETHNICITIES: Final = (
    ("NOBT", "Information not yet obtained"),
    ("WBRI", "White British"),
    ("WIRI", "White Irish"),
    ("WIRT", "Traveller of Irish heritage"),
    ("WROM", "Gypsy or Roma"),
    ("WOTH", "Any other White background"),
    ("MWBC", "White and Black Caribbean"),
    ("MWBA", "White and Black African"),
    ("MWAS", "White and Asian"),
    ("MOTH", "Any other mixed background"),
    ("AIND", "Indian"),
    ("APKN", "Pakistani"),
    ("ABAN", "Bangladeshi"),
    ("AOTH", "Any other Asian background"),
    ("BCRB", "Caribbean"),
    ("BAFR", "African"),
    ("BOTH", "Any other Black background"),
    ("CHNE", "Chinese"),
    ("OOTH", "Any other ethnic group"),
    ("REFU", "Refused to say"),
)
WHO_KNOWS: Final = (
    ("social_care", "Children’s social care"),
    ("education", "School or college"),
    ("health", "Health"),
    ("police", "Police"),
    ("yot", "Youth justice"),
    ("specialist_cse", "A specialist service"),
    ("voluntary", "A voluntary organisation"),
    (NONE_OF_THESE, "Nobody else that I know of"),
)


# The category Cc of Unicode, without tab and newline.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Give text without control characters, save tab and newline, and without space around it."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
