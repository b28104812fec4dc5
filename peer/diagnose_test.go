package peer

import (
	"testing"

	"gochat/punch"
)

// The words here are for the values there.
func TestDiagnosisFollowsPunch(t *testing.T) {
	for got, want := range map[int]int{
		int(punch.MappingNone): int(MappingNone), int(punch.MappingEndpointIndependent): int(MappingEndpointIndependent),
		int(punch.MappingAddressDependent):        int(MappingAddressDependent),
		int(punch.MappingAddressAndPortDependent): int(MappingAddressAndPortDependent),
	} {
		if got != want {
			t.Errorf("mapping %d is %d", got, want)
		}
	}
	for got, want := range map[int]int{
		int(punch.FilteringEndpointIndependent):     int(FilteringEndpointIndependent),
		int(punch.FilteringAddressDependent):        int(FilteringAddressDependent),
		int(punch.FilteringAddressAndPortDependent): int(FilteringAddressAndPortDependent),
	} {
		if got != want {
			t.Errorf("filtering %d is %d", got, want)
		}
	}
	if Answer(punch.Yes) != Yes || Answer(punch.No) != No || Answer(punch.Unknown) != Unknown {
		t.Error("yes and no are not those of punch")
	}
}
