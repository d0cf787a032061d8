package document

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
)

// Command is one command of a shell script that submits an application.
type Command struct {
	Text string // as it stands in the script, over one line or several
	// Assigned are those of its variables that the script gives a plain value before it, and none later.
	Assigned map[string]string
}

// Shell is a shell script. It is read for the commands that submit an application; it is not edited.
func Shell() Format {
	return Format{Name: "shell script", Match: isShell, Read: readShell}
}

var interpreter = regexp.MustCompile(`^#! *(?:/usr)?/(?:local/)?bin/(?:env +(?:-S +)?)?(?:ba|da|k|z|a)?sh\b`)

func isShell(t Text) bool {
	if bytes.HasPrefix(t.Raw, []byte("#!")) {
		return interpreter.Match(t.Raw)
	}
	switch path.Ext(t.Name) {
	case ".sh", ".bash":
		return true
	}
	return false
}

var (
	submits    = regexp.MustCompile(`(?:^|[\s/"'])(?:spark-submit|spark-sql|spark-shell|pyspark)(?:$|[\s"'])`)
	assignment = regexp.MustCompile(`^\s*(?:export\s+|readonly\s+|local\s+)?([A-Za-z_][A-Za-z0-9_]*)=(?:'([^']*)'|"([^"$` + "`" + `\\]*)"|([A-Za-z0-9_./:@%+,=\-]*))\s*(?:#.*)?$`)
	anyAssign  = regexp.MustCompile(`^\s*(?:export\s+|readonly\s+|local\s+)?([A-Za-z_][A-Za-z0-9_]*)\+?=`)
	variable   = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)
	// before are words in front of a command that change nothing of it.
	before = regexp.MustCompile(`^(?:(?:if|then|else|elif|do|while|until|!|time|nohup|exec|sudo|\{|\()\s+)+`)
)

func readShell(t Text) ([]Content, error) {
	assigned := map[string]string{}
	var found []Content
	for _, s := range statements(string(t.Raw)) {
		if m := assignment.FindStringSubmatch(s.text); m != nil {
			assigned[m[1]] = m[2] + m[3] + m[4]
			continue
		} else if m := anyAssign.FindStringSubmatch(s.text); m != nil {
			delete(assigned, m[1]) // its value is not plain
		}
		text := s.text
		if lead := before.FindString(text); lead != "" {
			s.line += strings.Count(lead, "\n")
			text = text[len(lead):]
		}
		if !submits.MatchString(text) {
			continue
		}
		found = append(found, Content{Command: &Command{text, used(assigned, text)}, Position: commandPositions(max(t.Line, 1)+s.line, text)})
	}
	if found == nil {
		return []Content{{Other: "shell script without spark-submit", Position: start(t)}}, nil
	}
	return found, nil
}

// used are the variables that a text names: all of a script's for each of its commands would be too much of a large script.
func used(assigned map[string]string, text string) map[string]string {
	known := map[string]string{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		if value, is := assigned[m[1]]; is {
			known[m[1]] = value
		}
	}
	return known
}

// commandPositions tells the line of an argument of a command by its text: the last segment of a path is that of a setting.
func commandPositions(first int, text string) func(at patch.Path) (line, column int) {
	lines := strings.Split(text, "\n")
	return func(at patch.Path) (int, int) {
		if len(at) == 0 || at[len(at)-1] == "" {
			return first, 1
		}
		for i, line := range lines {
			if column := strings.Index(line, at[len(at)-1]); column >= 0 {
				return first + i, len([]rune(line[:column])) + 1
			}
		}
		return first, 1
	}
}

// maxMark bounds the mark that ends a here-document, in bytes.
const maxMark = 256

// statement is a stretch of a script up to an operator that ends a command.
type statement struct {
	text string
	line int // from 0
}

// statements cuts a script where a command ends: at the end of a line that does not go on, and at ; & | outside of quotes.
// Comments and the text of here-documents are left out.
func statements(script string) (found []statement) {
	var b strings.Builder
	line, begun := 0, 0
	blank := true // nothing but white space is in b
	end := func() {
		if text := strings.TrimSpace(b.String()); text != "" {
			found = append(found, statement{text, begun})
		}
		b.Reset()
		blank = true
	}
	write := func(text string) {
		b.WriteString(text)
		blank = blank && strings.TrimSpace(text) == ""
	}
	quote := byte(0)
	var heredoc string
	for i := 0; i < len(script); i++ {
		c := script[i]
		if blank && c != '\n' {
			begun = line
		}
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			write(script[i : i+1])
		case c == '\\' && quote != '\'' && i+1 < len(script):
			write(script[i : i+2])
			if i++; script[i] == '\n' {
				line++
			}
			continue
		case quote != 0:
			quote = 0
			write(script[i : i+1])
		case c == '\'' || c == '"':
			quote = c
			write(script[i : i+1])
		case c == '#' && (b.Len() == 0 || strings.IndexByte(" \t\n;", script[i-1]) >= 0):
			for i+1 < len(script) && script[i+1] != '\n' {
				i++
			}
		case c == '\n':
			end()
			if heredoc != "" {
				i, line = skipHere(script, i, line, heredoc)
				heredoc = ""
			}
		case c == ';', c == '|', c == '&' && !(i > 0 && script[i-1] == '>') && !(i+1 < len(script) && script[i+1] == '>'):
			end()
		case strings.HasPrefix(script[i:], "<<") && !strings.HasPrefix(script[i:], "<<<"):
			heredoc = strings.Trim(firstWord(strings.TrimLeft(script[i+2:min(i+2+maxMark, len(script))], "-")), `'"\`)
			write(script[i : i+1])
		default:
			write(script[i : i+1])
		}
		if c == '\n' {
			line++
		}
	}
	end()
	return found
}

// skipHere passes over the lines of a here-document.
func skipHere(script string, i, line int, mark string) (next, nextLine int) {
	for i+1 < len(script) {
		stop := strings.IndexByte(script[i+1:], '\n')
		if stop < 0 {
			return len(script), line
		}
		text := script[i+1 : i+1+stop]
		i += stop + 1
		line++
		if strings.Trim(text, "\t\r ") == mark {
			break
		}
	}
	return i, line
}

func firstWord(text string) string {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
}
