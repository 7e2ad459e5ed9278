"""Names and dates as people type them."""

from datetime import date

import pytest

from patients.rules.names import folded, read_date

SAME = {
    "capitals": ("MÜLLER", "Müller"),
    "accent": ("Müller", "Muller"),
    "accent written as two signs": ("Mu\u0308ller", "M\u00fcller"),
    "sharp s": ("Weiß", "WEISS"),
    "capital sharp s": ("WEI\u1e9e", "weiss"),
    "straight apostrophe": ("O'Heel", "OHeel"),
    "curly apostrophe": ("O’Heel", "O'Heel"),
    "hyphen": ("Achilles-Ferse", "Achilles Ferse"),
    "long dash": ("Achilles–Ferse", "Achilles-Ferse"),
    "spaces around": ("  Ferse ", "Ferse"),
    "spaces inside": ("van der Ferse", "Vanderferse"),
    "no-break space": ("van\u00a0Ferse", "van Ferse"),
    "full stop": ("St. Heel", "St Heel"),
    "ligature": ("Griﬃn", "Griffin"),
    "full width": ("\uff28\uff45\uff45\uff4c", "Heel"),
    "dotted capital i": ("İpek", "Ipek"),
}
DIFFERENT = {
    "another letter": ("Meier", "Meyer"),
    "two letters and an umlaut": ("Mueller", "Müller"),
    "one letter more": ("Heel", "Heell"),
    "order": ("Tan Le", "Le Tan"),
    "another script": ("Иванов", "Ivanov"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_what_makes_no_other_person(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_makes_another_person(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("O'Sehne-Müller", "osehnemuller"),
        ("Ångström 2", "angstrom"),
        ("Ђорђевић", "ђорђевић"),
        ("山田", "山田"),
        ("", ""),
        ("'-. 7", ""),
    ],
    ids=["latin", "digits go", "cyrillic stays", "han stays", "empty", "no letter"],
)
def test_the_letters_of_a_name(name: str, letters: str) -> None:
    assert folded(name) == letters
    assert folded(letters) == letters


LAST_OF_JANUARY = date(1980, 1, 31)
READ = {
    "1980-01-31": LAST_OF_JANUARY,
    "1980-1-31": LAST_OF_JANUARY,
    "31/1/1980": LAST_OF_JANUARY,
    "31/01/1980": LAST_OF_JANUARY,
    "31.1.1980": LAST_OF_JANUARY,
    "31.01.1980": LAST_OF_JANUARY,
    "31011980": LAST_OF_JANUARY,
    "31 Jan 1980": LAST_OF_JANUARY,
    "31 january 1980": LAST_OF_JANUARY,
    "31  JAN  1980": LAST_OF_JANUARY,
    "3 May 1980": date(1980, 5, 3),
    "3/4/1980": date(1980, 4, 3),
    "29/2/2024": date(2024, 2, 29),
    "29 Feb 2024": date(2024, 2, 29),
    "1-1-1980": None,
    "29/2/2023": None,
    "29 Feb 2023": None,
    "31/4/1980": None,
    "31041980": None,
    "1980-13-01": None,
    "1980-00-10": None,
    "0000-01-01": None,
    "0/1/1980": None,
    "1/31/1980": None,
    "31/1/80": None,
    "31/1": None,
    "310180": None,
    "3101198": None,
    "1980": None,
    "31 Jan": None,
    "31 Foo 1980": None,
    "31 Jan 80": None,
    " 31/1/1980": None,
    "\u0663\u0661/\u0661/\u0661\u0669\u0668\u0660": None,
    "\uff11\uff19\uff18\uff10-\uff10\uff11-\uff13\uff11": None,
    "1980-01-31 10:00": None,
    "U00042": None,
    "Ferse": None,
    "": None,
}


@pytest.mark.parametrize(("text", "day"), READ.items(), ids=repr)
def test_a_date_as_people_type_it(text: str, day: date | None) -> None:
    assert read_date(text) == day
