"""Updates written by hand, and every poison that is known to hurt the CRDT library.

Building them is the point: nothing here is taken from the code under test.
"""

STRING_A = b"\x04\x01\x01t\x01a"  # "a" in the root text "t"


def var(number: int) -> bytes:
    """lib0's varUint."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(content: str) -> bytes:
    """lib0's varString."""
    raw = content.encode()
    return var(len(raw)) + raw


def block(author: int, clock: int, *structs: bytes) -> bytes:
    """One author's structs."""
    return var(len(structs)) + var(author) + var(clock) + b"".join(structs)


def ranges(author: int, *deleted: tuple[int, int]) -> bytes:
    """One author's deletes, as (clock, length)."""
    return var(author) + var(len(deleted)) + b"".join(var(at) + var(n) for at, n in deleted)


def update(*blocks: bytes, deletes: tuple[bytes, ...] = ()) -> bytes:
    """A whole update."""
    return var(len(blocks)) + b"".join(blocks) + var(len(deletes)) + b"".join(deletes)


def one(struct: bytes, *, author: int = 1, clock: int = 0) -> bytes:
    """An update of one struct."""
    return update(block(author, clock, struct))


def identity(author: int, clock: int) -> bytes:
    """The id of a struct."""
    return var(author) + var(clock)


def item(content: int, payload: bytes, *, root: str = "t") -> bytes:
    """An item in a root, with no neighbours."""
    return bytes((content,)) + b"\x01" + text(root) + payload


def any_value(value: bytes) -> bytes:
    """An item that holds one value."""
    return item(8, b"\x01" + value)


def gc(length: int) -> bytes:
    return b"\x00" + var(length)


def skip(length: int) -> bytes:
    return b"\x0a" + var(length)


def nested_types(depth: int, *, root: bool = True) -> bytes:
    """Maps in maps, each named by the one that holds it."""
    first = b"\x27\x01\x01m\x01k\x01"
    others = [b"\x27\x00" + identity(7, at) + b"\x01k\x01" for at in range(depth - 1)]
    return update(block(7, 0, first, *others))


def poisons() -> dict[str, bytes]:
    """Name → bytes that must be refused before the CRDT library sees them."""
    single_deletes = [(clock, 1) for clock in range(200_000, 0, -2)]
    huge_map = b"\x76" + var(2**26 - 1)
    return {
        "arrays 26,400 deep": one(any_value(b"\x75\x01" * 26_400 + b"\x75\x00")),
        "arrays 26,400 deep, cut off": one(any_value(b"\x75\x01" * 26_400)),
        "objects 26,400 deep": one(any_value(b"\x76\x01\x00" * 26_400 + b"\x7e")),
        "arrays 33 deep": one(any_value(b"\x75\x01" * 32 + b"\x75\x00")),
        "JSON 33 deep": one(item(5, text("[" * 33 + "]" * 33))),
        "a format's JSON 100,000 deep": one(item(6, text("k") + text("[" * 100_000))),
        "types 17 deep": nested_types(17),
        "types 32,500 deep": nested_types(32_500),
        "a GC of length 0": bytes.fromhex("01010501000000"),
        "a Skip of length 0 after an item": update(block(1, 0, STRING_A, skip(0))),
        "a Deleted of length 0": one(item(1, var(0))),
        "an empty string": one(item(4, text(""))),
        "no values": one(item(8, var(0))),
        "a delete of length 0": update(deletes=(ranges(1, (0, 0)),)),
        "old JSON": one(item(2, var(1) + text("1"))),
        "a subdocument": one(item(9, text("guid") + b"\x76\x00")),
        "an unknown content": one(item(11, var(1))),
        "an XmlHook": one(item(7, b"\x05" + text("hook"))),
        "a weak link": one(item(7, b"\x07\x00")),
        "2^28 - 1 authors in 5 bytes": var(2**28 - 1) + b"\x00",
        "2^28 - 1 structs in a block": b"\x01" + var(2**28 - 1) + b"\x01\x00\x00",
        "2^28 - 1 deleting authors": b"\x00" + var(2**28 - 1),
        "2^28 - 1 deletes": b"\x00\x01\x01" + var(2**28 - 1) + b"\x00\x01",
        "2^28 - 1 values": one(item(8, var(2**28 - 1) + b"\x7e")),
        "100 maps that claim 2^26 keys": one(item(8, var(100) + huge_map * 100)),
        "a string longer than the update": one(item(4, var(2**31) + b"a")),
        "descending deletes of one clock": update(deletes=(ranges(1, *single_deletes),)),
        "deletes that overlap": update(deletes=(ranges(1, (0, 5), (4, 2)),)),
        "the same delete twice": update(deletes=(ranges(1, (0, 5), (0, 5)),)),
        "a number of 400 kB": b"\xff" * 400_000,
        "a number of 400 kB in a block": b"\x01\x01" + b"\xff" * 400_000,
        "a number of 9 bytes": b"\x01\x01" + b"\xff" * 8 + b"\x01\x00\x00\x01\x00",
        "a number longer than needed": b"\x80\x00\x00",
        "an author id of 2^53": one(STRING_A, author=2**53),
        "a deleting author id of 2^53": update(deletes=(ranges(2**53, (0, 1)),)),
        "a GC of length 2^32": one(gc(2**32)),
        "a GC that ends past 2^31": one(gc(2**31 - 1), clock=2),
        "a delete that ends past 2^31": update(deletes=(ranges(1, (2, 2**31 - 1)),)),
        "a clock of 2^31": one(STRING_A, clock=2**31),
        "an origin of clock 2^31": one(b"\x84" + identity(9, 2**31) + text("a")),
        "an origin of author 2^53": one(b"\x84" + identity(2**53, 0) + text("a")),
        "a struct that stands on itself": one(b"\x84" + identity(1, 0) + text("a")),
        "a right origin to come": one(b"\x44" + identity(1, 7) + text("a")),
        "a parent to come": one(b"\x04\x00" + identity(1, 3) + text("a")),
        "a parent of no kind": one(b"\x04\x02\x01t" + text("a")),
        "a GC with neighbours": one(b"\x80" + identity(9, 0) + b"\x01"),
        "a Skip with a key": one(b"\x2a\x01"),
        "an author twice": update(block(1, 0, STRING_A), block(1, 1, STRING_A)),
        "a deleting author twice": update(deletes=(ranges(1, (0, 1)), ranges(1, (2, 1)))),
        "an author without structs": b"\x01\x00\x01\x00\x00\x00\x00\x00",
        "an author without deletes": b"\x00\x01\x01\x00\x00\x00",
        "bytes left over": update(block(1, 0, STRING_A)) + b"\x00",
        "nothing": b"",
        "half an update": update(block(1, 0, STRING_A))[:-1],
        "text that is no UTF-8": one(item(4, b"\x02\xc3\x28")),
        "half a surrogate pair in UTF-8": one(item(4, b"\x03\xed\xa0\xbd")),
        "a root's name that is no UTF-8": one(b"\x04\x01\x01\xff" + text("a")),
        "a key that is no UTF-8": one(b"\x24\x01\x01t\x01\xff" + text("a")),
        "JSON that is none": one(item(5, text("{'a': 1}"))),
        "JSON with NaN": one(item(5, text("NaN"))),
        "JSON with half a surrogate pair": one(item(5, text('"\\ud800"'))),
        "JSON that is no UTF-8": one(item(5, b"\x03\x22\xff\x22")),
        "JSON that ends too soon": one(item(5, var(9) + b"1")),
        "bytes that end too soon": one(item(3, var(9) + b"1")),
        "a float that ends too soon": one(any_value(b"\x7b\x00\x00"))[:-1],
        "an integer of 2^53": one(any_value(b"\x7d\x80" + b"\x80" * 6 + b"\x20")),
        "an integer of 9 bytes": one(any_value(b"\x7d" + b"\x80" * 8 + b"\x01")),
        "a value of no kind": one(any_value(b"\x73")),
        "an object that ends too soon": one(any_value(b"\x76\x05\x01a\x7e")),
    }


def vector_poisons() -> dict[str, bytes]:
    """Name → bytes that are no state vector."""
    return {
        "nothing": b"",
        "2^28 - 1 authors in 5 bytes": var(2**28 - 1) + b"\x00",
        "half an author": b"\x01\x05",
        "bytes left over": b"\x01\x05\x01\x00",
        "an author twice": b"\x02\x05\x01\x05\x02",
        "an author id of 2^53": b"\x01" + var(2**53) + b"\x01",
        "a clock of 2^31": b"\x01\x05" + var(2**31),
        "a number of 400 kB": b"\xff" * 400_000,
    }
