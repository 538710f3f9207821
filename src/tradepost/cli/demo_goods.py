"""What the demonstration's gift shops sell. Invented; barcodes lie in the range shops may use as they like."""

from typing import NamedTuple

SUPPLIERS = {
    "Pennine Pottery": "orders@pennine-pottery.example",
    "Wick & Wax": "hello@wickandwax.example",
    "Harbour Paper Mill": "trade@harbourpaper.example",
    "Little Fox Toys": "sales@littlefox.example",
    "Sugar Lane": "shop@sugarlane.example",
    "Meridian Tea Trading": "desk@meridiantea.example",
    "Loom Street Textiles": "orders@loomstreet.example",
    "Green Gate Garden": "info@greengate.example",
}


class Good(NamedTuple):
    """A product: prices as written on the shelf, `pull` is how often it is asked for compared with others."""

    sku: str
    name: str
    price: str
    cost: str
    pull: int
    unit: str = "piece"
    reorder: int = 20
    stocked: bool = True


# Category, who supplies it, and its products.
SHELVES: list[tuple[str, str, list[Good]]] = [
    ("Mugs and plates", "Pennine Pottery", [
        Good("MUG-ROBIN", "Robin mug", "9.50", "3.80", 9),
        Good("MUG-HARE", "Leaping hare mug", "9.50", "3.80", 8),
        Good("MUG-FERRY", "Ferry at dawn mug", "10.50", "4.10", 5),
        Good("MUG-TALL", "Tall speckled mug", "12.00", "4.90", 4),
        Good("BOWL-SPECK", "Speckled cereal bowl", "14.00", "5.80", 3, reorder=12),
        Good("PLATE-LEMON", "Lemon side plate", "11.00", "4.40", 3, reorder=12),
        Good("JUG-MILK", "Blue stripe milk jug", "16.50", "6.90", 2, reorder=10),
        Good("TEAPOT-HEN", "Brooding hen teapot", "34.00", "15.50", 1, reorder=6),
    ]),
    ("Candles", "Wick & Wax", [
        Good("CANDLE-FIG", "Fig and cedar candle", "18.00", "7.20", 7),
        Good("CANDLE-SEA", "Sea mist candle", "18.00", "7.20", 6),
        Good("CANDLE-PINE", "Winter pine candle", "18.00", "7.20", 8),
        Good("TEALIGHT-24", "Tealights, box of 24", "4.20", "1.30", 9, reorder=40),
        Good("TAPER-IVORY", "Ivory tapers, pair", "5.50", "1.90", 5),
        Good("HOLDER-STAR", "Star candle holder", "7.80", "2.90", 4),
        Good("LANTERN-TIN", "Punched tin lantern", "22.00", "9.80", 2, reorder=8),
        Good("OIL-LAMP", "Lamp oil, unscented", "11.00", "4.20", 1, unit="l", reorder=10),
    ]),
    ("Paper", "Harbour Paper Mill", [
        Good("CARD-BDAY", "Birthday card, kites", "3.20", "0.90", 14, reorder=60),
        Good("CARD-THANKS", "Thank you card, wrens", "3.20", "0.90", 12, reorder=60),
        Good("CARD-BLANK", "Blank card, harbour", "2.90", "0.80", 10, reorder=60),
        Good("CARD-XMAS-8", "Christmas cards, pack of 8", "7.50", "2.60", 9, reorder=40),
        Good("WRAP-GINGHAM", "Gingham gift wrap, sheet", "2.20", "0.60", 11, reorder=60),
        Good("WRAP-FOREST", "Forest gift wrap, sheet", "2.20", "0.60", 10, reorder=60),
        Good("RIBBON-RED", "Red grosgrain ribbon", "1.60", "0.45", 6, unit="m", reorder=50),
        Good("RIBBON-GOLD", "Gold organza ribbon", "1.90", "0.55", 5, unit="m", reorder=50),
        Good("NOTEBOOK-A6", "Pocket notebook, dotted", "6.80", "2.40", 7),
        Good("NOTEBOOK-A5", "Clothbound notebook", "13.50", "5.10", 4),
        Good("PEN-BRASS", "Brass ballpoint", "19.00", "8.20", 2, reorder=10),
        Good("DIARY-27", "Week-to-view diary 2027", "15.00", "6.30", 4),
    ]),
    ("Toys", "Little Fox Toys", [
        Good("FOX-SOFT", "Soft fox, small", "12.50", "5.00", 6),
        Good("BADGER-SOFT", "Soft badger, small", "12.50", "5.00", 4),
        Good("WHALE-BATH", "Bath whale", "6.50", "2.30", 5),
        Good("KITE-MINI", "Pocket kite", "8.90", "3.40", 3),
        Good("PUZZLE-TOWN", "Old town puzzle, 500 pieces", "17.00", "7.40", 3, reorder=10),
        Good("YOYO-BEECH", "Beech yo-yo", "5.40", "1.90", 4),
        Good("TRAIN-WOOD", "Wooden goods train", "24.00", "10.60", 2, reorder=8),
        Good("CHALK-BUCKET", "Bucket of chalk", "4.80", "1.60", 4),
        Good("MARBLES-NET", "Net of marbles", "3.90", "1.20", 5),
    ]),
    ("Sweets", "Sugar Lane", [
        Good("FUDGE-SALT", "Sea salt fudge, loose", "24.00", "9.60", 8, unit="kg", reorder=4),
        Good("LIQUORICE", "Liquorice mix, loose", "16.00", "6.20", 6, unit="kg", reorder=4),
        Good("HUMBUGS", "Mint humbugs, loose", "14.50", "5.40", 5, unit="kg", reorder=4),
        Good("TRUFFLE-RUM", "Rum truffles, loose", "38.00", "16.40", 4, unit="kg", reorder=3),
        Good("CHOC-ORANGE", "Dark orange chocolate bar", "4.60", "1.80", 10, reorder=40),
        Good("CHOC-MILK", "Milk chocolate bar", "4.20", "1.60", 11, reorder=40),
        Good("SHORTBREAD", "Shortbread tin", "9.90", "4.20", 6),
        Good("JELLY-PEARS", "Pear jellies, bag", "3.80", "1.30", 6),
    ]),
    ("Tea and coffee", "Meridian Tea Trading", [
        Good("TEA-BREAKFAST", "Breakfast tea, loose", "32.00", "12.50", 6, unit="kg", reorder=3),
        Good("TEA-EARL", "Earl Grey, loose", "36.00", "14.20", 5, unit="kg", reorder=3),
        Good("TEA-MINT", "Peppermint, loose", "41.00", "16.80", 3, unit="kg", reorder=2),
        Good("COFFEE-HOUSE", "House blend beans", "26.00", "11.30", 7, unit="kg", reorder=5),
        Good("CADDY-NAVY", "Navy tea caddy", "13.00", "5.20", 3, reorder=10),
        Good("INFUSER", "Mesh tea infuser", "6.20", "2.10", 5),
    ]),
    ("Textiles", "Loom Street Textiles", [
        Good("SOCKS-STRIPE", "Striped wool socks", "11.50", "4.60", 7),
        Good("SCARF-LAMBS", "Lambswool scarf", "38.00", "17.50", 3, reorder=10),
        Good("TOWEL-TEA", "Linen tea towel, sardines", "10.80", "4.10", 7),
        Good("APRON-DENIM", "Denim apron", "27.00", "12.20", 2, reorder=8),
        Good("TOTE-CANVAS", "Canvas tote, three shops", "8.50", "3.00", 6),
        Good("LINEN-STRIPE", "Ticking stripe linen", "14.00", "6.10", 2, unit="m", reorder=15),
    ]),
    ("Garden", "Green Gate Garden", [
        Good("SEED-MEADOW", "Meadow seed tin", "6.90", "2.50", 4),
        Good("TWINE-JUTE", "Jute twine in a tin", "7.40", "2.70", 4),
        Good("POT-TERRA", "Terracotta pot, small", "4.90", "1.70", 4),
        Good("FEEDER-BIRD", "Window bird feeder", "15.50", "6.60", 2, reorder=8),
    ]),
    ("Services", "", [
        Good("GIFT-WRAPPING", "Gift wrapping", "2.50", "0.00", 6, stocked=False),
        Good("POSTAGE-UK", "Postage within the UK", "4.50", "0.00", 2, stocked=False),
    ]),
]  # fmt: skip


def barcode(number: int) -> str:
    """An EAN-13 of the in-store range with its check digit."""
    digits = f"20{number:010d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
