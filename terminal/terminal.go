// Package terminal says what the place that output goes to can show: how wide a line is, which signs and whether colours.
// Progress shows there what a command works on. Start with Of.
package terminal

import (
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Screen is what output can show.
type Screen struct {
	Terminal bool
	Width    int  // columns of a line; 0 where nothing says it
	Color    bool // nobody asked for none
	ASCII    bool // the locale has no other characters
}

// Of looks at an output and at the environment: COLUMNS, NO_COLOR, TERM and the locale.
func Of(out io.Writer) Screen {
	var s Screen
	f, ok := out.(*os.File)
	if s.Terminal = ok && term.IsTerminal(int(f.Fd())); s.Terminal {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			s.Width = width
		}
		s.Color = os.Getenv("NO_COLOR") == "" && !dumb()
	}
	s.ASCII = ascii(s.Terminal)
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		s.Width = n
	}
	return s
}

// dumb says that a terminal can do nothing but write lines.
func dumb() bool { return os.Getenv("TERM") == "dumb" }

// ascii says whether the locale's character set is no UTF-8. Without a locale a terminal has that of C, but for systems whose
// terminals show UTF-8 all the same; a file or a pipe, as in CI, takes UTF-8.
func ascii(terminal bool) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return !strings.Contains(strings.ToUpper(v), "UTF")
		}
	}
	return terminal && runtime.GOOS != "windows" && runtime.GOOS != "darwin"
}
