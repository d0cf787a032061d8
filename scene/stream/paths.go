package stream

import (
	"os"
	"path/filepath"
	"strings"
)

// Paths parts the arguments of a command. files can only be files, folders, patterns, URLs or standard input. either exist
// on disk and could name workloads, too. names can only be names.
func Paths(args []string) (files, either, names []string) {
	for _, arg := range args {
		_, err := os.Stat(arg)
		switch {
		case isFile(arg):
			files = append(files, arg)
		case err == nil && isName(arg):
			either = append(either, arg)
		case err == nil:
			files = append(files, arg)
		default:
			names = append(names, arg)
		}
	}
	return files, either, names
}

// isFile says of an argument that its form is no name's: it is for files whether they exist or not.
func isFile(arg string) bool {
	switch {
	case arg == "-", IsURL(arg), IsPattern(arg), filepath.IsAbs(arg), strings.HasSuffix(arg, "/"), strings.HasSuffix(arg, string(filepath.Separator)):
		return true
	}
	for _, start := range []string{"./", "../", `.\`, `..\`} {
		if strings.HasPrefix(arg, start) {
			return true
		}
	}
	if arg == "." || arg == ".." {
		return true
	}
	if !InFolder(filepath.Base(arg)) {
		return false
	}
	folder, err := os.Stat(filepath.Dir(arg)) // an object may be called x.conf, and pod/x.conf names it
	return err == nil && folder.IsDir()
}

// isName says that an argument has the form of NAME, NAMESPACE/NAME or TYPE/NAME.
func isName(arg string) bool {
	return strings.Count(arg, "/") <= 1 && !strings.ContainsFunc(arg, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '/')
	})
}

// IsPattern says that a name is a pattern of file names, as a shell has them.
func IsPattern(name string) bool { return !IsURL(name) && strings.ContainsAny(name, "*?[") }
