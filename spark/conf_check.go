package spark

import (
	"errors"
	"strings"
)

// Check reads every size that decides about a pod's memory, and says which cannot be read. Its error joins
// *ConfError values, in order of key. Values with a variable in them are not known yet, and pass.
func (c Conf) Check() error {
	var wrong []error
	for _, key := range c.Keys() {
		switch strings.TrimPrefix(strings.TrimPrefix(key, "spark.driver."), "spark.executor.") {
		case "memory", "memoryOverhead":
		default:
			continue
		}
		if strings.Contains(c[key].Value, "${") {
			continue
		}
		if _, _, err := c.Size(key, MiB); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}
