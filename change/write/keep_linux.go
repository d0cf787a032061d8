package write

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// keepAttributes copies the extended attributes of a file, but for those that the system gives to every file.
func keepAttributes(from, to string) error {
	names := make([]byte, 64<<10) // the kernel's own bound
	n, err := syscall.Listxattr(from, names)
	if errors.Is(err, syscall.ENOTSUP) {
		return nil
	} else if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names[:n]), "\x00"), "\x00") {
		if name == "" || name == "security.selinux" {
			continue
		}
		value := make([]byte, 64<<10)
		n, err := syscall.Getxattr(from, name, value)
		if err == nil {
			err = syscall.Setxattr(to, name, value[:n], 0)
		}
		if err != nil {
			return fmt.Errorf("its attribute %s cannot be kept: %w", name, err)
		}
	}
	return nil
}
