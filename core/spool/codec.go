package spool

import "encoding/binary"

// encoder appends numbers and texts, little end first.
type encoder struct{ b []byte }

func (e *encoder) u16(v int)    { e.b = binary.LittleEndian.AppendUint16(e.b, uint16(v)) }
func (e *encoder) u32(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) u64(v uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, v) }
func (e *encoder) bytes(v []byte) {
	e.u16(len(v))
	e.b = append(e.b, v...)
}

// decoder reads what an encoder wrote. After the end of its bytes it gives zeros, and short is set.
type decoder struct {
	b     []byte
	short bool
}

func (d *decoder) next(n int) []byte {
	if n > len(d.b) {
		d.short = true
		d.b = nil
		return make([]byte, n)
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) u16() int    { return int(binary.LittleEndian.Uint16(d.next(2))) }
func (d *decoder) u32() uint32 { return binary.LittleEndian.Uint32(d.next(4)) }
func (d *decoder) u64() uint64 { return binary.LittleEndian.Uint64(d.next(8)) }
func (d *decoder) bytes() []byte {
	n := d.u16()
	if n > len(d.b) {
		d.short = true
		return nil
	}
	return d.next(n)
}

// A sheet is what a header, a footer and a slot of cursors have in common: {magic, version, length, checksum}, then the
// contents. The first three and the checksum keep their places and meanings in all versions, so that a sheet of a newer
// version is told from one that is damaged. The checksum is over everything else and begins with a seed.
const sheetHead = 24 // magic 8, version 4, length 8 (with the head), checksum 4

// sealSheet returns the contents as a sheet.
func sealSheet(magic string, version uint32, seed uint32, contents []byte) []byte {
	e := encoder{b: make([]byte, 0, sheetHead+len(contents))}
	e.b = append(e.b, magic[:8]...)
	e.u32(version)
	e.u64(uint64(sheetHead + len(contents)))
	e.u32(0)
	e.b = append(e.b, contents...)
	binary.LittleEndian.PutUint32(e.b[20:], sheetSum(e.b, seed))
	return e.b
}

func sheetSum(b []byte, seed uint32) uint32 {
	return checksum(checksum(seed, b[:20]), b[sheetHead:])
}

// openSheet returns the contents of the sheet at the start of b, and its version. ok is false when there is no intact
// one.
func openSheet(magic string, seed uint32, b []byte) (contents []byte, version uint32, ok bool) {
	if len(b) < sheetHead || string(b[:8]) != magic[:8] {
		return nil, 0, false
	}
	n := binary.LittleEndian.Uint64(b[12:])
	if n < sheetHead || n > uint64(len(b)) {
		return nil, 0, false
	}
	b = b[:n]
	if binary.LittleEndian.Uint32(b[20:]) != sheetSum(b, seed) {
		return nil, 0, false
	}
	return b[sheetHead:], binary.LittleEndian.Uint32(b[8:]), true
}
