package spark

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ConfError is a configuration value that could not be read. Error gives key, value, line where known, and reason;
// callers that know the file print File with Line themselves.
type ConfError struct {
	Key, Value string
	Setting    Setting
	Err        error
}

// Line is the value's line in its file, from 1; 0 where it is not known.
func (e *ConfError) Line() int { return e.Setting.Line }

// Error reads: cannot read spark.executor.memory "6gb x" in line 31: reason.
func (e *ConfError) Error() string { return e.In("") }

// In writes the error with the file that the value stands in: cannot read key "value" in daily.yaml:31: reason.
func (e *ConfError) In(file string) string {
	place := ""
	switch {
	case file != "" && e.Setting.Line > 0:
		place = fmt.Sprintf(" in %s:%d", file, e.Setting.Line)
	case file != "":
		place = " in " + file
	case e.Setting.Line > 0:
		place = fmt.Sprintf(" in line %d", e.Setting.Line)
	}
	return fmt.Sprintf("cannot read %s %q%s: %v", e.Key, e.Value, place, e.Err)
}

// Unwrap gives the reason alone.
func (e *ConfError) Unwrap() error { return e.Err }

// Get returns the value of a key, and whether it is set at all.
func (c Conf) Get(key string) (string, bool) {
	s, ok := c[key]
	return s.Value, ok
}

// Keys returns the keys in order.
func (c Conf) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Size reads a key as a size in bytes; a number without a suffix counts in the key's own unit. One minus sign
// in front is allowed, as it is for Spark's typed keys (ConfigHelpers.byteFromString); what is never negative the caller checks.
func (c Conf) Size(key string, unit Unit) (bytes int64, set bool, err error) {
	return c.SizeFor(Version{}, key, unit, Byte)
}

// SizeFor is Size as a given version reads it (ParseSizeFor), in whole units of as, rounded down.
func (c Conf) SizeFor(version Version, key string, unit, as Unit) (size int64, set bool, err error) {
	return read(c, key, func(s string) (int64, error) {
		rest, negative := strings.CutPrefix(s, "-")
		n, err := ParseSizeFor(version, rest, unit, as)
		if negative {
			n = -n
		}
		return n, err
	})
}

// javaDigits writes the digits of all scripts as those of ASCII: Integer.parseInt and Long.parseLong read them alike, and sizes and
// durations do not (their pattern is [0-9]).
func javaDigits(s string) string {
	return strings.Map(func(r rune) rune {
		for _, digits := range unicode.Nd.R16 { // of characters of 16 bits, as Java looks at them
			if r >= 0x80 && r >= rune(digits.Lo) && r <= rune(digits.Hi) {
				return '0' + (r-rune(digits.Lo))%10
			}
		}
		return r
	}, s)
}

// Int reads a key as a whole number of 32 bits, as Spark's intConf does.
func (c Conf) Int(key string) (n int, set bool, err error) {
	return read(c, key, func(s string) (int, error) {
		n, err := strconv.ParseInt(javaDigits(trimJava(s)), 10, 32)
		if err != nil {
			return 0, errors.New("must be a whole number of 32 bits")
		}
		return int(n), nil
	})
}

// Long reads a key as a whole number of 64 bits, as Spark's longConf does.
func (c Conf) Long(key string) (n int64, set bool, err error) {
	return read(c, key, func(s string) (int64, error) {
		n, err := strconv.ParseInt(javaDigits(trimJava(s)), 10, 64)
		if err != nil {
			return 0, errors.New("must be a whole number of 64 bits")
		}
		return n, nil
	})
}

// Bool reads a key as true or false, whatever the case.
func (c Conf) Bool(key string) (b, set bool, err error) {
	return read(c, key, func(s string) (bool, error) {
		switch strings.ToLower(trimJava(s)) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return false, errors.New("must be true or false")
	})
}

// javaDouble is what Double.valueOf reads, hexadecimal numbers included: 0x1p-1 is a half.
var javaDouble = regexp.MustCompile(`^[+-]?(NaN|Infinity|(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+)[fFdD]?)$`)

// Float reads a key as a decimal number, as Spark's doubleConf does: 0.1f, NaN and Infinity are some, too.
func (c Conf) Float(key string) (f float64, set bool, err error) {
	return read(c, key, func(s string) (float64, error) {
		s = trimJava(s)
		if len(s) > maxNumber || !javaDouble.MatchString(s) {
			return 0, errors.New("must be a decimal number (0.1)")
		}
		if !strings.HasSuffix(s, "Infinity") {
			s = strings.TrimRight(s, "fFdD")
		}
		f, err := strconv.ParseFloat(s, 64)
		if errors.Is(err, strconv.ErrRange) {
			err = nil // infinite, as it is to Java
		}
		return f, err
	})
}

// javaDecimal is what java.math.BigDecimal reads of ASCII.
var javaDecimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?$`)

// Decimal reads a key as Spark's exact decimals (4.3 and later): no suffix, no hexadecimal number, neither NaN nor Infinity.
func (c Conf) Decimal(key string) (f float64, set bool, err error) {
	return read(c, key, func(s string) (float64, error) {
		s = trimJava(s)
		if len(s) > maxNumber || !javaDecimal.MatchString(s) {
			return 0, errors.New("must be a decimal number (0.5)")
		}
		f, err := strconv.ParseFloat(s, 64)
		if errors.Is(err, strconv.ErrRange) {
			err = nil
		}
		return f, err
	})
}

// Duration reads a key as a duration; a number without a suffix counts in the key's own unit.
func (c Conf) Duration(key string, unit time.Duration) (d time.Duration, set bool, err error) {
	return read(c, key, func(s string) (time.Duration, error) { return ParseDuration(s, unit) })
}

func read[T any](c Conf, key string, parse func(string) (T, error)) (value T, set bool, err error) {
	setting, ok := c[key]
	if !ok {
		return value, false, nil
	}
	value, err = parse(setting.Value)
	if err != nil {
		var zero T
		return zero, true, &ConfError{Key: key, Value: setting.Value, Setting: setting, Err: err}
	}
	return value, true, nil
}
