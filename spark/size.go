package spark

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Unit is a size in bytes that a number without a suffix is counted in: each key has its own.
type Unit int64

// The units of Spark's sizes (org.apache.spark.network.util.ByteUnit).
const (
	Byte Unit = 1
	KiB  Unit = 1 << 10
	MiB  Unit = 1 << 20
	GiB  Unit = 1 << 30
	TiB  Unit = 1 << 40
	PiB  Unit = 1 << 50
)

// maxNumber bounds what is looked at; no size or duration has so many characters.
const maxNumber = 64

const (
	sizeForm     = "Spark sizes are a number and one of k, m, g, t, p (6g)"
	durationForm = "Spark durations are a number and one of us, ms, s, m, min, h, d (30s)"
)

// ParseSize reads a Spark size and returns it in bytes. A number without a suffix counts in the given unit.
// The grammar is that of JavaUtils.byteStringAs: white space around the whole is dropped, case does not matter,
// fractions and signs are refused. The error says what Spark expects; the caller adds key and place.
//
// It reads what every supported line reads. From 4.2 Spark also takes ki, kib, mi and so on: see ParseSizeFor.
func ParseSize(s string, unit Unit) (bytes int64, err error) {
	return ParseSizeFor(Version{}, s, unit, Byte)
}

// ParseSizeFor reads a size as a given version of Spark does and returns it in whole units of as, rounded down as
// ByteUnit.convertFrom does. An unknown version reads what all lines read.
func ParseSizeFor(version Version, s string, unit, as Unit) (int64, error) {
	number, suffix, err := splitNumber(s, sizeForm)
	if err != nil {
		return 0, err
	}
	from, ok := unit, true
	if suffix != "" {
		if version.AtLeast(4, 2) && len(suffix) > 1 && suffix[1] == 'i' {
			suffix = suffix[:1] + suffix[2:]
			ok = suffix[0] != 'b'
		}
		if ok {
			from, ok = sizeSuffix(suffix)
		}
	}
	if !ok || number < 0 {
		return 0, fmt.Errorf("%s", sizeForm)
	}
	if from <= as {
		return number / int64(as/from), nil
	}
	ratio := int64(from / as)
	if number > math.MaxInt64/ratio {
		return 0, fmt.Errorf("the size does not fit into 64 bits")
	}
	return number * ratio, nil
}

func sizeSuffix(suffix string) (Unit, bool) {
	switch suffix {
	case "b":
		return Byte, true
	case "k", "kb":
		return KiB, true
	case "m", "mb":
		return MiB, true
	case "g", "gb":
		return GiB, true
	case "t", "tb":
		return TiB, true
	case "p", "pb":
		return PiB, true
	}
	return 0, false
}

// FormatSize writes bytes as Spark reads them, in the largest unit that divides them: 6g, 1536m, 100b.
func FormatSize(bytes int64) string {
	for _, u := range []struct {
		unit   Unit
		suffix string
	}{{PiB, "p"}, {TiB, "t"}, {GiB, "g"}, {MiB, "m"}, {KiB, "k"}} {
		if bytes != 0 && bytes%int64(u.unit) == 0 {
			return strconv.FormatInt(bytes/int64(u.unit), 10) + u.suffix
		}
	}
	return strconv.FormatInt(bytes, 10) + "b"
}

// ParseDuration reads a Spark duration. A number without a suffix counts in the given unit. The grammar is that of
// JavaUtils.timeStringAs; a minus sign is allowed, and what exceeds 292 years is cut there.
func ParseDuration(s string, unit time.Duration) (time.Duration, error) {
	number, suffix, err := splitNumber(s, durationForm)
	if err != nil {
		return 0, err
	}
	switch suffix {
	case "":
	case "us":
		unit = time.Microsecond
	case "ms":
		unit = time.Millisecond
	case "s":
		unit = time.Second
	case "m", "min":
		unit = time.Minute
	case "h":
		unit = time.Hour
	case "d":
		unit = 24 * time.Hour
	default:
		return 0, fmt.Errorf("%s", durationForm)
	}
	switch {
	case number > math.MaxInt64/int64(unit):
		return math.MaxInt64, nil
	case number < math.MinInt64/int64(unit):
		return math.MinInt64, nil
	}
	return time.Duration(number) * unit, nil
}

// splitNumber cuts a trimmed, lower-cased text into its number and its suffix of letters.
func splitNumber(s, form string) (number int64, suffix string, err error) {
	s = trimJava(s)
	if s == "" || len(s) > maxNumber {
		return 0, "", fmt.Errorf("%s", form)
	}
	s = lowerJava(s)
	end := 0
	if s[0] == '-' {
		end = 1
	}
	first := end
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == first {
		return 0, "", fmt.Errorf("%s", form)
	}
	suffix = s[end:]
	if len(suffix) > 1 && suffix[0] == '.' && suffix[1] >= '0' && suffix[1] <= '9' {
		return 0, "", fmt.Errorf("fractional values are not supported; %s", form)
	}
	for i := range len(suffix) {
		if suffix[i] < 'a' || suffix[i] > 'z' {
			return 0, "", fmt.Errorf("%s", form)
		}
	}
	number, err = strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0, "", fmt.Errorf("the number does not fit into 64 bits")
	}
	return number, suffix, nil
}

// trimJava drops what String.trim drops: every character up to the space, control characters included.
func trimJava(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// lowerJava lowers case as String.toLowerCase does. It differs from Go for one letter that matters here: Java makes
// two characters of the dotted capital I, so that no suffix with it is ever read.
func lowerJava(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u0130' {
			return r
		}
		return []rune(strings.ToLower(string(r)))[0]
	}, s)
}
