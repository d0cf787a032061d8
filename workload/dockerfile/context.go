package dockerfile

import "strings"

// Read takes in the patterns of a text.
func (c *Context) Read(raw []byte) {
	lines := Split(string(raw))
	c.Exists, c.Lines, c.Ignore = true, len(lines), nil
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			c.Ignore = append(c.Ignore, line)
		}
	}
}
