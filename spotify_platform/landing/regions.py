"""Regions as the sources write them → ISO 3166-1 alpha-2, or GLOBAL. Names come from pycountry."""

from functools import cache

GLOBAL = "GLOBAL"

EXCEPTIONS = {
    "global": GLOBAL,
    "world": GLOBAL,
    "worldwide": GLOBAL,
    "russia": "RU",
    "south korea": "KR",
    "turkey": "TR",
    "uk": "GB",
    "usa": "US",
    "uae": "AE",
    "macau": "MO",
    "ivory coast": "CI",
    "cape verde": "CV",
    "swaziland": "SZ",
}
"""What sources write and ISO does not list under that name."""


@cache
def region_codes() -> dict[str, str]:
    """Every known spelling in lower case → code: names, official and common names, 2- and 3-letter codes."""
    import pycountry

    known: dict[str, str] = {}
    for country in pycountry.countries:
        spellings = (
            country.name,
            getattr(country, "official_name", None),
            getattr(country, "common_name", None),
            country.alpha_2,
            country.alpha_3,
        )
        known |= {spelling.lower(): country.alpha_2 for spelling in spellings if spelling}
    return known | EXCEPTIONS


@cache
def region_spellings() -> dict[str, str]:
    """`region_codes`, and each spelling as files have most: in capitals, or with those of a title."""
    known = region_codes().items()
    return {form: code for spelling, code in known for form in (spelling, spelling.title(), spelling.upper())}


@cache
def region_names() -> dict[str, str]:
    """Code → the name people use."""
    import pycountry

    names = {c.alpha_2: getattr(c, "common_name", c.name) for c in pycountry.countries}
    return names | {"RU": "Russia", "KR": "South Korea", "TR": "Türkiye", GLOBAL: "Global"}


def country_names(code: str) -> tuple[str, ...]:
    """The English names of a country, that of ISO 3166-1 first, then those that people use where these differ."""
    import pycountry

    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return ()
    known = [spelling for spelling, other in EXCEPTIONS.items() if other == code and len(spelling) > 3]
    return tuple(dict.fromkeys([country.name, region_names()[code], *(spelling.title() for spelling in known)]))


def region_code(spelling: str) -> str | None:
    """The code of one spelling, or None where it names no region."""
    known, word = region_codes(), spelling.strip().lower()
    return known.get(word) or known.get(word.replace("-", " "))
