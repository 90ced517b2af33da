"""The first seeds of tests/fuzz/corpus; what else is there was found.

Small on purpose: a reader takes little time for them, and a changed byte hits something that matters."""
import gzip
import io
import pathlib
import struct
import zipfile
import zlib

corpus = pathlib.Path(__file__).parent / "corpus"
job = b"""# every section, every kind of value
data: {path: random.h5}
model: {layers: 1, width: 4, heads: 2, ffn: 4, positions: sinusoidal, dropout: 0.1}
attention:
  decay: list
  alphas: [0, 0.5]
  window: 3
train:
  steps: 2
  batch_size: 2
  seed: 7
optimizer: {learning_rate: 1e-3, schedule: "cosine"}
parallel: {sequence: auto, recompute: false}
"""


def put(name, content):
    path = corpus / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def text_files():
    put("job/every-section", job)
    put("job/mistakes", b"model: {layer: 1, width: 1e3, width: [1]}\nattention: &a\n  alphas: [x, 1e99]\nmdel: *a\n")
    put("job/escapes", b'data:\n  path: "\\u00e9\\t\\x41"\ntrain: {steps: 010}\n')
    header = b"Source\tTarget\n( ( ( [MAX 1 ) 2 ) ] )\t2\n( ( [SM 9 ) ( ( [MED 3 ) 4 ) ] ) ]\t2\n"
    plain = b"2\t[MAX 1 2 ]\r\n3\t[MED [MIN 3 9 ] 4 ]\n7\t7\n"
    put("listops/header", header)
    put("listops/plain", plain)
    put("listops/gzip", gzip.compress(plain, mtime=0))
    put("listops/wrong", b"3\t[MAX 1 2 ]\n")


def images():
    pixels = bytes(range(12))
    labels = struct.pack(">2I", 0x801, 2) + bytes([3, 9])
    pictures = struct.pack(">4I", 0x803, 2, 2, 3) + pixels
    for name, pair in {"plain": (labels, pictures),
                       "gzip": (gzip.compress(labels, mtime=0), gzip.compress(pictures, mtime=0)),
                       "many": (struct.pack(">2I", 0x801, 2**32 - 1), struct.pack(">4I", 0x803, 2**32 - 1, 4096, 4096)),
                       }.items():
        put("idx/" + name, struct.pack("<H", len(pair[0])) + pair[0] + pair[1])
    record = bytes([5]) + bytes(range(256)) * 12
    put("cifar/plain", record)
    put("cifar/gzip", gzip.compress(record * 2, mtime=0))


def texts():
    """The first byte, or three, of these are flags: see the targets."""
    lines = b"0\tbad, very bad\n1.0\tgood\ttoo\npos\tna\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80\r\n"
    put("text/plain", b"\0" + lines)
    put("text/gzip", b"\0" + gzip.compress(lines, mtime=0))
    put("text/characters", b"\x3d" + lines)
    put("text/fields", b"\x02" + b"a text\tnoise\tneg\n")
    pairs = b"1\tp1\tp2\tone text\tanother\n0.0\tp2\tp3\tb'it\\'s\\n\\xe2\\x82\\xac'\tb\"two\"\n"
    papers = b"p1\tfirst paper\np2\tb'second'\n"
    named = b"1.0\tp1\tp2\n0\tp2\tp1\n"
    put("retrieval/plain", bytes([0, 0, 0]) + pairs)
    put("retrieval/python", bytes([7, 0, 0]) + pairs)
    put("retrieval/papers", struct.pack("<BH", 0, len(papers)) + papers + named)
    put("language/plain", b"abcdefgh" * 4)
    put("language/gzip", gzip.compress(b"abcdefgh" * 4, mtime=0))


def png(colour_type, rows):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    head = struct.pack(">2I5B", 16, 16, 8, colour_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


def release():
    line = b"imgs/0 a.png 0 1 1.0 14 4.67 2 0.5 1 1\n"
    rows = [bytes((x * y) % 256 for x in range(16)) for y in range(16)]
    grey, colour = png(0, rows), png(2, [row * 3 for row in rows])
    put("pathfinder/grey", struct.pack("<H", len(2 * line)) + 2 * line + grey)
    put("pathfinder/colour", struct.pack("<H", len(line)) + line + colour)
    missing = line + b"imgs/0 b.png 1 0\n"
    put("pathfinder/missing", struct.pack("<H", len(missing)) + missing + grey)


def tables():
    """The first byte of a delimited text chooses its format, the second the parts: see the target."""
    plain = b"id,a,b\n1,2.5,-3e2\r\n2,NA,\n3,5,7.25\n"
    put("delimited/plain", b"\0\1" + plain)
    put("delimited/gzip", b"\0\2" + gzip.compress(plain, mtime=0))
    put("delimited/quotes", b"\1\3" + b'\xef\xbb\xbf"a,\nb",c\n"x ""y""\n",2\n\n1,2\n')
    put("delimited/comments", b"\x32\0" + b"# c\n 1,5  2\t3 \n4 5 6\n")
    put("series/ts", b"# c\n@problemName t\n@univariate false\n@classLabel true a b\n@data\n1,?:2,3:a\n4:5:b\n")
    put("series/stamped", b"@problemName t\n@timeStamps true\n@targetLabel true\n@data\n"
        b"(2007-01-01 00:00:00,1),(2007-01-01 00:00:01,2):0.5\n")
    put("series/arff", b"@relation t\n@attribute a numeric\n@attribute b numeric\n@attribute c {x,'y z'}\n@data\n"
        b"1,2,x\n3,?,'y z'\n")
    put("series/relational", b"@relation t\n@attribute r relational\n@attribute a numeric\n@end r\n"
        b"@attribute c {x,y}\n@data\n'1,2\\n3,4',x\n\"5\\n6\",'y'\n")
    put("series/tsf", b"@relation t\n@attribute series_name string\n@attribute start_timestamp date\n"
        b"@frequency daily\n@data\nT1:2015-01-01 00-00-00:1,2,?\r\n")
    put("series/ucr", b"1\t2.5\tNaN\t3\n2\t4\tNaN\tNaN\n")


def edits():
    """Of h5_edit.c: the number of edits, of changed bytes, then object, kind and details of each edit."""
    for name in "dataset", "checkpoint":
        put(name + "/attribute", bytes([1, 0, 0, 0, 2, 1, 11, 6, 0]))
        put(name + "/array", bytes([1, 0, 3, 1, 4, 1, 12, 1, 9, 9, 9, 9, 9, 9, 1]))
        put(name + "/link", bytes([2, 0, 5, 3, 0, 4, 3, 4, 2]))
        put(name + "/content", bytes([1, 0, 6, 2] + 9 * [255]))
        put(name + "/bytes", bytes([0, 2, 8, 0, 0, 0x80, 4, 1]))
    # the length chooses the file: these are answers of steps, and next values
    put("dataset/steps", bytes([1, 0, 6, 2] + 7 * [255]))
    put("dataset/next", bytes([1, 0, 0, 0, 2, 1, 11, 6, 0, 0, 0, 0]))


def signals():
    """Format 212, and bytes that are annotations, too."""
    heads = {
        "plain": b"r 2 360 3\nfuzz 212 200 11 1024 5 -1943 0 MLII\nfuzz 212 200 11 1024 -3 2045 0 V5\n#Dx: 1,2\n",
        "mat": b"r.mat 1 500 3 05-May-2020 14:50:55\nfuzz 16x1+2 1000.0(0)/mV 16 0 0 0 0 I\n",
        "wide": b"r 1 100.5/2(1) 3\nfuzz 24\n"}
    for name, head in heads.items():
        put("wfdb/" + name, struct.pack("<H", len(head)) + head + bytes.fromhex("05f0fd0078ff640001"))
    marks = bytes.fromhex("127003fc284e78003b0407f401f800ec010002000a1400000000")
    put("wfdb/marks", struct.pack("<H", 0) + marks)


def letters():
    entry = (b"LOCUS       A     12 bp    DNA     circular PLN\nVERSION     A.1\nFEATURES             Location\n"
             b"     CDS             complement(join(7..>8,\n                     one-of(1,2)..3))\n"
             b"                     /note=x\n     tRNA            11..2\nORIGIN\n        1 acgtacgtac gt\n//\n")
    put("letters/fasta", b"\4>a b\nACGT\nNN-\n>c\nacgt\n")
    put("letters/lines", b"\1ACGT\n\nTT\n")
    put("letters/genbank", b"\3" + entry * 2)
    put("letters/gzip", b"\3" + gzip.compress(entry, mtime=0))


def arrays():
    text = b"{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }\n"
    array = b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(range(12))
    put("npy/plain", array)
    for name, method in {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}.items():
        stream = io.BytesIO()
        about = zipfile.ZipInfo("x.npy")
        about.compress_type = method
        with zipfile.ZipFile(stream, "w") as file, file.open(about, "w", force_zip64=True) as member:
            member.write(array)
        put("npy/" + name, stream.getvalue())


def tensors():
    def put_tensors(name, head, data):
        put("safetensors/" + name, struct.pack("<Q", len(head)) + head + data)
    put_tensors("own", b'{"__metadata__":{"longwave":"1","job":"x"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}  ',
                struct.pack("<2f", 1.0, -2.5))
    put_tensors("foreign", b'{"b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],'
                b'"data_offsets":[0,4]},"n":{"dtype":"I64","shape":[0,3],"data_offsets":[8,8]}}', bytes(8))


text_files()
images()
texts()
release()
signals()
letters()
arrays()
tensors()
tables()
edits()
