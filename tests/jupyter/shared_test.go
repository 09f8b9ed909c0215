package jupyter

import (
	"testing"
	"time"
)

func TestSharedHead(t *testing.T) { unittest(t, "shared", 3*time.Minute) }
