package write

import (
	"io/fs"
	"os"
)

// keep gives a file that is to replace another the mode of that one.
func keep(old fs.FileInfo, _ string, part *os.File) error { return part.Chmod(old.Mode().Perm()) }
