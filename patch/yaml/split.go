package yaml

import "bytes"

// Doc is the range of one document in a YAML stream: file[Start:End] with its "---" line and the comments and
// directives before the first; Line is the number of its first line, from 1.
type Doc struct{ Start, End, Line int }

// Split finds the documents of a YAML stream; their ranges follow each other and together are the whole file.
// A JSON file is one document, an empty file none. YAML lets "---" at the start of a line be nothing but a
// marker, even within quotes, so no parsing is needed and a file that is not YAML is split as well.
func Split(file []byte) []Doc {
	if len(file) == 0 {
		return nil
	}
	t := newText(file)
	var docs []Doc
	current := Doc{Line: 1}
	marked, content := false, false // a "---", or anything that is no comment or directive, was seen in this document
	closed := -1                    // first line behind a "...", or with a directive, that nothing of this document follows
	for n, start := range t.starts {
		if start >= len(file) {
			break
		}
		line := file[start:t.lineNext(start)]
		if n == 0 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		switch {
		case isMarker(line, "---"):
			if marked || content {
				cut := n
				if closed >= 0 {
					cut = closed
				}
				current.End = t.starts[cut]
				docs = append(docs, current)
				current = Doc{Start: current.End, Line: cut + 1}
			}
			marked, content, closed = true, !isComment(line[3:]), -1
		case isMarker(line, "..."):
			if marked || content {
				closed = n + 1
			}
		case isComment(line), line[0] == '%' && closed >= 0:
		case line[0] == '%' && !content:
			if marked {
				closed = n // a directive is the start of the next document
			}
		default:
			content, closed = true, -1
		}
	}
	current.End = len(file)
	return append(docs, current)
}

// isMarker tells whether a line is a document marker: three characters and then space or the end.
func isMarker(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || breakAt(rest, 0) > 0)
}

func isComment(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) == 0 || line[0] == '#' || breakAt(line, 0) > 0
}
