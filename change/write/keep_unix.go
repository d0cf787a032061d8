//go:build unix

package write

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// keep gives a file that is to replace another what that one has: its owner, its mode and its attributes, such as an access
// list. A file with other names would be parted from them.
func keep(old fs.FileInfo, target string, part *os.File) error {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok {
		if stat.Nlink > 1 {
			return fmt.Errorf("it has %d names (hard links), and only this one would change", stat.Nlink)
		}
		if now, err := part.Stat(); err != nil {
			return err
		} else if mine, ok := now.Sys().(*syscall.Stat_t); ok && (mine.Uid != stat.Uid || mine.Gid != stat.Gid) {
			if err := part.Chown(int(stat.Uid), int(stat.Gid)); err != nil {
				return fmt.Errorf("its owner %d:%d cannot be kept: %w", stat.Uid, stat.Gid, reason(err))
			}
		}
	}
	if err := keepAttributes(target, part.Name()); err != nil {
		return err
	}
	return part.Chmod(old.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky))
}
