package undo

import "strings"

// Shorten leaves out where a text was appended if that is where the text before it was: "@/env/OPTS/value -Da",
// "@/env/OPTS/value -Db" are "@/env/OPTS/value -Da", " -Db".
func Shorten(entries []string) []string {
	out := make([]string, len(entries))
	before := ""
	for i, text := range entries {
		place, suffix, appended := strings.Cut(text, " ")
		if out[i] = text; appended && place == before && place != "" {
			out[i] = " " + suffix
		}
		if appended {
			before = place
		}
	}
	return out
}

// Lengthen gives what Shorten was given.
func Lengthen(entries []string) []string {
	before := ""
	for i, text := range entries {
		place, suffix, appended := strings.Cut(text, " ")
		if appended && place == "" {
			place, entries[i] = before, before+" "+suffix
		}
		if appended {
			before = place
		}
	}
	return entries
}
