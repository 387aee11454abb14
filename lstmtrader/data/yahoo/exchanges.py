"""Which trading calendar a Yahoo symbol follows, told by its suffix."""

from __future__ import annotations

import re

from lstmtrader.errors import ConfigError

# Exchanges of one country that keep the same sessions share a calendar: Shenzhen and Shanghai,
# the National and the Bombay exchange, the German floors and Frankfurt.
_BY_SUFFIX = {
    "AS": "XAMS", "AT": "ASEX", "AX": "XASX", "BA": "XBUE", "BD": "XBUD", "BE": "XFRA",
    "BK": "XBKK", "BO": "XBOM", "BR": "XBRU", "CL": "XBOG", "CN": "XTSE", "CO": "XCSE",
    "DE": "XETR", "DU": "XDUS", "F": "XFRA", "HE": "XHEL", "HK": "XHKG", "HM": "XHAM",
    "IC": "XICE", "IL": "XLON", "IR": "XDUB", "IS": "XIST", "JK": "XIDX", "JO": "XJSE",
    "KL": "XKLS", "KQ": "XKRX", "KS": "XKRX", "L": "XLON", "LS": "XLIS", "MC": "XMAD",
    "MI": "XMIL", "MU": "XFRA", "MX": "XMEX", "NE": "XTSE", "NS": "XBOM", "NZ": "XNZE",
    "OL": "XOSL", "PA": "XPAR", "PR": "XPRA", "PS": "XPHS", "RG": "XRIS", "RO": "XBSE",
    "SA": "BVMF", "SG": "XSTU", "SI": "XSES", "SN": "XSGO", "SR": "XSAU", "SS": "XSHG",
    "ST": "XSTO", "SW": "XSWX", "SZ": "XSHG", "T": "XTKS", "TA": "XTAE", "TL": "XTAL",
    "TO": "XTSE", "TW": "XTAI", "TWO": "XTAI", "V": "XTSX", "VI": "XWBO", "VS": "XLIT",
    "WA": "XWAR",
}  # fmt: skip

_INDICES = {
    "^GSPC": "XNYS", "^DJI": "XNYS", "^IXIC": "XNYS", "^NDX": "XNYS", "^RUT": "XNYS",
    "^VIX": "XNYS", "^TNX": "XNYS", "^FTSE": "XLON", "^GDAXI": "XETR", "^FCHI": "XPAR",
    "^STOXX50E": "XETR", "^N225": "XTKS", "^HSI": "XHKG", "^GSPTSE": "XTSE", "^AXJO": "XASX",
}  # fmt: skip

_CRYPTO = re.compile(r"^[A-Z0-9]+-(USD|EUR|GBP|JPY|CAD|AUD|KRW|BTC|ETH|USDT)$")
_PLAIN = re.compile(r"^[A-Z0-9]+(-[A-Z0-9]{1,3})?$")


def calendar_of(symbol: str) -> str:
    """Return the calendar of `exchange_calendars` that a Yahoo symbol follows.

    Parameters
    ----------
    symbol : str
        As Yahoo writes it: ``AAPL``, ``BRK-B``, ``OCDO.L``, ``BTC-USD``, ``EURUSD=X``, ``GC=F``.

    Raises
    ------
    ConfigError
        If nothing tells the exchange; name the calendar in the configuration then.

    Examples
    --------
    >>> calendar_of("AAPL"), calendar_of("OCDO.L"), calendar_of("BTC-USD"), calendar_of("GC=F")
    ('XNYS', 'XLON', '24/7', 'CMES')
    """
    name = symbol.upper()
    if name.endswith("=X"):
        return "24/5"
    if name.endswith("=F"):
        return "CMES"
    if _CRYPTO.match(name):
        return "24/7"
    found = _INDICES.get(name)
    if found is None and "." in name:
        found = _BY_SUFFIX.get(name.rpartition(".")[2])
    if found is None and _PLAIN.match(name):
        found = "XNYS"
    if found is None:
        raise ConfigError(
            f"symbol {symbol!r}: its ending tells no exchange; name its trading calendar, such as "
            f"XNYS, XLON, 24/5 or 24/7"
        )
    return found
