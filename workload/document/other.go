package document

import (
	"bytes"
	"errors"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

var errNoObject = errors.New("not a Kubernetes object: expected a mapping with apiVersion and kind")

// other is a format of texts that are nothing of Spark's: they are counted and not read.
func other(name, what string, match func(t Text) bool) Format {
	return Format{Name: name, Match: match, Read: func(t Text) ([]Content, error) {
		return []Content{{Other: what, Position: start(t)}}, nil
	}}
}

// EventLog is a log of Spark's events in any form, which only tune reads: what it is compressed with is told by its first bytes.
func EventLog() Format {
	return Format{Name: "event log", Match: func(t Text) bool {
		for _, first := range []string{`{"Event":"`, "\x28\xb5\x2f\xfd", "LZ4Block", "\x82SNAPPY", "ZV", "\x1f\x8b"} {
			if bytes.HasPrefix(t.Raw, []byte(first)) {
				return first != "ZV" || bytes.ContainsRune(t.Raw[:min(len(t.Raw), 16)], 0)
			}
		}
		return false
	}, Read: func(t Text) ([]Content, error) {
		what := "compressed file"
		if t.Raw[0] == '{' {
			what = "event log"
		}
		return []Content{{Other: what, Note: what + ", not checked: kubectl spark tune --event-log=" + word(t.Name) + " reads event logs", Position: start(t)}}, nil
	}}
}

// Logging is the configuration of a logging library: log4j 1 and 2, java.util.logging.
func Logging() Format {
	return other("logging", "logging configuration", func(t Text) bool {
		if hasSparkKey(t.Raw) || manifestLine.Match(t.Raw) {
			return false
		}
		is := false
		eachLine(t.Raw, func(line []byte) bool {
			key := strings.ToLower(firstKey(line))
			for _, prefix := range []string{"log4j.", "log4j2.", "rootlogger", "appender.", "appenders", "logger.", "loggers", "handlers", "java.util.logging."} {
				is = is || strings.HasPrefix(key, prefix) && (settingsName(t.Name) || bytes.IndexByte(line, '=') > 0)
			}
			return !is
		})
		return is
	})
}

// Blocks is a configuration in blocks with braces: HOCON, nginx.
func Blocks() Format {
	return other("blocks", "configuration in blocks (HOCON or nginx)", func(t Text) bool {
		if !settingsName(t.Name) {
			return false
		}
		opened, closed := false, false
		eachLine(t.Raw, func(line []byte) bool {
			switch {
			case bytes.HasSuffix(line, []byte("{")):
				opened = true
			case line[0] == '}':
				closed = true
			case bytes.HasSuffix(line, []byte("}")) && bytes.Contains(line, []byte(" {")) && !bytes.HasPrefix(line, []byte("spark.")):
				opened, closed = true, true
			}
			return !opened || !closed
		})
		return opened && closed
	})
}

// Markup is XML: the configuration of Hadoop, Hive and log4j, or a page.
func Markup() Format {
	return other("XML", "XML file", func(t Text) bool {
		trimmed := bytes.TrimLeft(t.Raw, " \t\r\n")
		return len(trimmed) > 1 && trimmed[0] == '<' && (trimmed[1] == '?' || trimmed[1] == '!' || trimmed[1]|0x20 >= 'a' && trimmed[1]|0x20 <= 'z')
	})
}

// Foreign are settings file of another program: a file called as one of settings without a key of Spark's.
func Foreign() Format {
	return other("settings", "settings file of another program", func(t Text) bool {
		return settingsName(t.Name) && !manifestLine.Match(t.Raw)
	})
}

// start tells every place to be where the text begins.
func start(t Text) func(patch.Path) (line, column int) {
	return func(patch.Path) (int, int) { return max(t.Line, 1), 1 }
}
