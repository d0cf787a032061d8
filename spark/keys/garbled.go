package keys

import (
	"fmt"
	"strings"
	"unicode"
)

// byteOrderMark is what some editors begin a file with. java.util.Properties keeps it, so the first key is another.
const byteOrderMark = "\ufeff"

// Garbled says what in a key no reader sees, what Spark makes of it, and what to do; "" where there is nothing.
func Garbled(key string) (message, remedy string) {
	if name, marked := strings.CutPrefix(key, byteOrderMark); marked && strings.HasPrefix(name, "spark.") {
		return "the file starts with a byte order mark; Spark adds it to the first key and ignores " + name, "save the file as UTF-8 without a byte order mark"
	}
	if strings.ContainsFunc(key, unicode.IsControl) {
		return fmt.Sprintf("%+q contains control characters; Spark ignores the key", key), "write the key without control characters, or remove it"
	}
	return "", ""
}
