package spark

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// SplitOptions cuts a string of JVM options into its tokens as Spark does (launcher CommandBuilderUtils.parseOptionString,
// Utils.splitCommandString): white space parts tokens, single quotes keep everything, in double quotes and outside a
// backslash keeps the next character. It fails on a quote or backslash that nothing closes; Spark does not start then.
func SplitOptions(s string) ([]string, error) {
	words, err := OptionWords(s)
	if len(words) == 0 {
		return nil, err
	}
	tokens := make([]string, len(words))
	for i, w := range words {
		tokens[i] = w.Token
	}
	return tokens, err
}

// Word is a token of an option string and the place at which it is written, quotes included.
type Word struct {
	Token      string
	Start, End int
}

func OptionWords(s string) ([]Word, error) {
	var (
		words   []Word
		b       strings.Builder
		quote   rune
		escaped bool
		inToken bool
		start   int
	)
	for i, r := range s {
		if !inToken {
			start = i
		}
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inToken = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inToken = r, true
		case SpaceJava(r):
			if inToken {
				words = append(words, Word{b.String(), start, i})
				b.Reset()
				inToken = false
			}
		default:
			b.WriteRune(r)
			inToken = true
		}
	}
	switch {
	case quote != 0:
		return nil, errors.New("JVM options have a quote that is not closed")
	case escaped:
		return nil, errors.New("JVM options end in a backslash")
	}
	if inToken {
		words = append(words, Word{b.String(), start, len(s)})
	}
	return words, nil
}

// SpaceJava is Character.isWhitespace: no-break spaces are none, the separators U+001C to U+001F are.
func SpaceJava(r rune) bool {
	switch {
	case r == '\u00a0', r == '\u2007', r == '\u202f', r == '\u0085':
		return false
	case r >= 0x1c && r <= 0x1f:
		return true
	}
	return unicode.IsSpace(r)
}

// QuoteOption writes a token so that SplitOptions gives it back as one.
func QuoteOption(token string) string {
	plain := token != ""
	for _, r := range token {
		if SpaceJava(r) || r == '\'' || r == '"' || r == '\\' {
			plain = false
		}
	}
	if plain {
		return token
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(token) + `"`
}

// OptionKey is the identity of a JVM option: two tokens with one key set the same thing. -XX flags lose their sign and
// value, -D properties and -X sizes their value; several -Xlog with different selectors live side by side, so theirs is kept.
func OptionKey(token string) string {
	name, _, _ := strings.Cut(token, "=")
	switch {
	case strings.HasPrefix(token, "-XX:+"), strings.HasPrefix(token, "-XX:-"):
		return "-XX:" + token[len("-XX:+"):]
	case strings.HasPrefix(token, "-Xlog"):
		// -Xlog:selectors:output:decorators; a bare -Xlog selects all at info, as -Xlog:all=info does.
		selector, _, _ := strings.Cut(strings.TrimPrefix(token[len("-Xlog"):], ":"), ":")
		return "-Xlog:" + selector
	case strings.HasPrefix(token, "-XX:"), strings.HasPrefix(token, "-D"):
		return name
	case strings.HasPrefix(token, "-javaagent:"), strings.HasPrefix(token, "-agentpath:"), strings.HasPrefix(token, "-agentlib:"):
		return name
	case strings.HasPrefix(token, "--add-opens"), strings.HasPrefix(token, "--add-exports"), strings.HasPrefix(token, "--add-reads"):
		return token
	}
	for _, prefix := range sizedOptions {
		if rest, ok := strings.CutPrefix(token, prefix); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return prefix
		}
	}
	return name
}

// sizedOptions take their value without a separator.
var sizedOptions = [...]string{"-Xmx", "-Xms", "-Xmn", "-Xss"}

// HasKey says whether OptionKey of the token is the key.
func HasKey(token, key string) bool {
	if len(token) > len("-XX:+") && strings.HasPrefix(token, "-XX:") && (token[4] == '+' || token[4] == '-') {
		return strings.HasPrefix(key, "-XX:") && token[5:] == key[4:]
	}
	return len(token) > 1 && len(key) > 1 && token[1] == key[1] && OptionKey(token) == key // most differ in their second letter
}

// HasOption says whether a token with the given key is there.
func HasOption(tokens []string, key string) bool {
	for _, token := range tokens {
		if HasKey(token, key) {
			return true
		}
	}
	return false
}

// HasXlog says whether some unified logging option logs the given tag (gc, safepoint), alone or with others.
func HasXlog(tokens []string, tag string) bool {
	for _, token := range tokens {
		selectors, ok := strings.CutPrefix(OptionKey(token), "-Xlog:")
		if !ok || !strings.HasPrefix(token, "-Xlog") {
			continue
		}
		for part := range strings.SplitSeq(selectors, ",") {
			tags, _, _ := strings.Cut(part, "=")
			for name := range strings.SplitSeq(strings.TrimSuffix(tags, "*"), "+") {
				if name == tag || name == "all" || name == "" {
					return true
				}
			}
		}
	}
	return false
}

// collectors are the flags that choose a garbage collector; a JVM refuses to start with two of them.
var collectors = map[string]string{
	"UseSerialGC": "Serial", "UseParallelGC": "Parallel", "UseParallelOldGC": "Parallel", "UseG1GC": "G1", "UseZGC": "Z",
	"UseShenandoahGC": "Shenandoah", "UseConcMarkSweepGC": "ConcMarkSweep", "UseEpsilonGC": "Epsilon",
}

// CollectorByFlag is the garbage collector that a flag chooses, by the name of the flag alone; "" for other flags.
func CollectorByFlag(name string) string { return collectors[name] }

// Collector says which garbage collector a token chooses. Switching one off (-XX:-UseG1GC) chooses none.
func Collector(token string) (name string, ok bool) {
	flag, on := strings.CutPrefix(token, "-XX:+")
	if !on {
		return "", false
	}
	name, ok = collectors[flag]
	return name, ok
}

// CollectorOf is the last collector that the tokens choose.
func CollectorOf(tokens []string) (name string, ok bool) {
	for _, token := range tokens {
		if chosen, is := Collector(token); is {
			name, ok = chosen, true
		}
	}
	return name, ok
}

// IsCollector says whether an option's key belongs to a collector's switch, on or off.
func IsCollector(key string) bool {
	flag, ok := strings.CutPrefix(key, "-XX:")
	return ok && collectors[flag] != ""
}

// WithoutCollectors is a text of options without those that choose a collector: a JVM with two of them does not start.
func WithoutCollectors(text string) string {
	words, err := OptionWords(text)
	if err != nil {
		return text
	}
	for _, one := range slices.Backward(words) {
		if IsCollector(OptionKey(one.Token)) {
			text = strings.TrimSpace(text[:one.Start]) + " " + strings.TrimSpace(text[one.End:])
		}
	}
	return text
}

// modules begin the options that Spark puts before those of users (JavaModuleOptions.java; SparkContext.supplementJavaModuleOptions).
var modules = []string{"--add-opens=", "--add-modules=jdk.incubator.vector", "--enable-native-access=", "--sun-misc-unsafe-memory-access=",
	"-XX:+IgnoreUnrecognizedVMOptions", "-Djdk.reflect.useDirectMethodHandle=", "-Djava.net.preferIPv6Addresses=", "-Dio.netty.tryReflectionSetAccessible=", "-Dio.netty.allocator.type=", "-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=", "-Dio.netty.noUnsafe="}

// WithoutModuleOptions leaves Spark's own options out of what a running application has in extraJavaOptions. A text that cannot be taken
// apart stays as it is.
func WithoutModuleOptions(text string) string {
	words, err := OptionWords(text)
	if err != nil {
		return text
	}
	var kept []string
	for _, w := range words {
		if !slices.ContainsFunc(modules, func(begin string) bool { return strings.HasPrefix(w.Token, begin) }) {
			kept = append(kept, text[w.Start:w.End])
		}
	}
	return strings.Join(kept, " ")
}
