"""Ages and dates of birth."""

from datetime import date

ADULT_AGE = 18
OLDEST_AGE = 120


def age_on(born: date, on: date) -> int:
    """Age in whole years. A person born on 29 February turns a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def why_not_adult(age: int) -> str:
    """Why these rules may not be used at this age; blank for an adult (RF09)."""
    if age >= ADULT_AGE:
        return ""
    return (
        f"This patient is {age}. These rules are for adults: under {ADULT_AGE} heel pain is often "
        "the growth plate of the heel bone, which is treated differently. Refer to somebody who "
        "treats children."
    )


def check_date_of_birth(born: date, on: date) -> None:
    """Raise ``ValueError`` with a plain sentence for a birthday no living person can have."""
    if born > on:
        raise ValueError("The date of birth is in the future.")
    if age_on(born, on) > OLDEST_AGE:
        raise ValueError(f"That would be more than {OLDEST_AGE} years ago. Check the year.")
