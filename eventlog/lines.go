package eventlog

import (
	"bytes"
)

// maxLine is the longest line that is read: the events that matter are far shorter, but for those with very long plans.
const maxLine = 32 << 20

// lines parts blocks into lines. A line within a block is a part of it; only those that reach over its end are copied.
type lines struct {
	each func(line []byte) error
	// skip is told how a line begins that is too long.
	skip  func(head []byte)
	carry []byte
	long  bool // within a line that is skipped
}

func (l *lines) feed(block []byte) error {
	for len(block) > 0 {
		n := bytes.IndexByte(block, '\n')
		if n < 0 {
			l.keep(block)
			return nil
		}
		line := block[:n]
		block = block[n+1:]
		switch {
		case l.long:
			l.long = false
			continue
		case len(l.carry) > 0:
			l.keep(line)
			if l.long {
				l.long = false
				continue
			}
			line = l.carry
			l.carry = l.carry[:0]
		}
		if err := l.each(line); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps the beginning of a line for its rest.
func (l *lines) keep(part []byte) {
	if l.long {
		return
	}
	if len(l.carry)+len(part) > maxLine {
		l.skip(l.carry)
		l.carry, l.long = nil, true
		return
	}
	if need := len(l.carry) + len(part); need > cap(l.carry) { // doubled: append makes a quarter more at a time, and leaves five times as much behind
		l.carry = append(make([]byte, 0, min(max(need, 2*cap(l.carry)), max(need, maxLine))), l.carry...)
	}
	l.carry = append(l.carry, part...)
}
