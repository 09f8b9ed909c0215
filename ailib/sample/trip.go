package sample

import (
	"slices"
	"time"
)

// month says what a generated month is like.
type month struct {
	seed          uint64
	year          int
	month         time.Month
	rows, unknown int // unknown: rows without passenger count, at the end as in the real files
	congestionFee bool
}

var (
	january2024  = month{seed: 202401, year: 2024, month: time.January, rows: 56_000, unknown: 3_380}
	november2025 = month{seed: 202511, year: 2025, month: time.November, rows: 46_800, unknown: 5_560, congestionFee: true}
)

// trip is a row. Money is in cents, distance in hundredths of a mile.
type trip struct {
	vendor, from, to              int32
	pickup, dropoff               int64 // seconds since 1970, local time of New York
	known                         bool
	stored                        bool
	rate, passengers              int64
	payment, kind                 int64
	distance                      int64
	fare, extra, tax, tip, tolls  int64
	improvement, congestion, zone int64
}

func (t *trip) total() int64 {
	return t.fare + t.extra + t.tax + t.tip + t.tolls + t.improvement + t.congestion + t.zone
}

// What the real months look like, rounded.
var (
	hourWeights = []int64{20, 15, 10, 8, 7, 7, 17, 44, 54, 60, 59, 60, 60, 64, 70, 80, 85, 90, 86, 68, 51, 38, 31, 25}
	dayWeights  = []int64{95, 100, 105, 105, 103, 95, 80} // from Monday
	distances   = []int64{0, 2, 9, 20, 45, 58, 68, 75, 82, 89, 94, 100, 107, 112, 118, 123, 129, 133, 138, 141, 147, 152, 158, 165, 171, 179,
		185, 192, 200, 210, 220, 229, 238, 248, 259, 271, 284, 300, 317, 338, 360, 380, 407, 445, 499, 560, 636, 720, 857, 1162, 2400}
	pickupZones   = []int32{74, 75, 95, 43, 166, 82, 41, 97, 65, 7, 129, 130, 244, 42, 260, 134, 66, 83, 33, 116}
	zoneWeights   = []int64{121, 85, 29, 28, 26, 26, 26, 19, 16, 15, 14, 13, 13, 12, 10, 6, 6, 5, 5, 5}
	partyWeights  = []int64{10, 843, 88, 11, 4, 28, 16} // passengers 0 to 6
	secondsPerFar = []int64{180, 170, 170, 170, 170, 180, 230, 320, 350, 320, 290, 290, 290, 300, 320, 340, 350, 350, 330, 280, 240, 220, 200, 190}
)

// trips makes the rows of the month, in the order of their pick-up except for the unknown ones.
func (m month) trips() []trip {
	d := &dice{state: m.seed}
	first := time.Date(m.year, m.month, 1, 0, 0, 0, 0, time.UTC)
	days := int64(first.AddDate(0, 1, 0).Sub(first).Hours()) / 24
	perDay := make([]int64, days)
	for i := range perDay {
		perDay[i] = dayWeights[weekday(first.AddDate(0, 0, i))]
	}
	all := make([]trip, m.rows)
	for i := range all {
		t := &all[i]
		t.known = i < m.rows-m.unknown
		day, hour := int64(d.pick(perDay)), d.pick(hourWeights)
		t.pickup = first.Unix() + day*86400 + int64(hour)*3600 + d.below(3600)
		m.ride(d, t, hour)
		m.price(d, t, hour, weekday(first.AddDate(0, 0, int(day))))
	}
	byPickup := func(a, b trip) int { return int(min(max(a.pickup-b.pickup, -1), 1)) }
	slices.SortStableFunc(all[:m.rows-m.unknown], byPickup)
	slices.SortStableFunc(all[m.rows-m.unknown:], byPickup)
	return all
}

// weekday counts from Monday.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

func (m month) ride(d *dice, t *trip, hour int) {
	t.vendor = 2
	if d.chance(130) {
		t.vendor = 1
	}
	t.from = pickupZones[d.pick(zoneWeights)]
	if t.to = t.from; d.chance(900) {
		t.to = int32(d.between(1, 265))
	}
	t.stored = d.chance(2)
	t.passengers = int64(d.pick(partyWeights))
	t.distance = d.quantile(distances)
	t.rate, t.kind = 1, 1
	switch {
	case d.chance(35):
		t.rate, t.kind = 5, 2 // negotiated
	case t.distance > 1200 && d.chance(120):
		t.rate = 2 // the airport's flat fare
	}
	if !t.known && d.chance(1) {
		t.distance *= 10_000 // meters that went wrong
	}
	seconds := d.between(40, 330)
	if t.distance < 100_000 {
		seconds += t.distance * (secondsPerFar[hour] + d.between(-50, 50)) / 100
	}
	if d.chance(4) {
		seconds = 86_400 - d.between(60, 7200) // forgotten meters
	}
	t.dropoff = t.pickup + seconds
}

// price decides on money. Who pays by card, and who tips more than a fifth, depends on the hour,
// the day, the distance, the fare and the company: that is what a model can find.
func (m month) price(d *dice, t *trip, hour, day int) {
	minutes := min((t.dropoff-t.pickup)/60, 120)
	t.fare = 300 + 70*(min(t.distance, 4000)/20+minutes*4/10)
	switch t.rate {
	case 2:
		t.fare = 7000
	case 5:
		t.fare = 100 * d.between(8, 60)
	}
	t.tax, t.improvement = 50, 100
	switch {
	case hour >= 16 && hour < 20 && day < 5:
		t.extra = 250
	case hour >= 20 || hour < 6:
		t.extra = 100
	}
	if d.chance(25) {
		t.tolls = 694
	}
	if d.chance(280) {
		t.congestion = 275
		if m.congestionFee && d.chance(600) {
			t.zone = 75
		}
	}
	evening, weekend, short := hour >= 17 && hour < 23, day >= 5, t.distance < 180
	card := int64(600)
	if evening {
		card += 120
	}
	if t.fare > 2000 {
		card += 90
	}
	if t.passengers > 3 {
		card -= 200
	}
	switch {
	case d.chance(card):
		t.payment = 1
		t.tip = m.tip(d, t, evening, weekend, short)
	case d.chance(25):
		t.payment = d.between(3, 4)
		if d.chance(300) { // taken back
			t.fare, t.extra, t.tax, t.improvement, t.congestion, t.tolls, t.zone = -t.fare, -t.extra, -t.tax, -t.improvement, -t.congestion, 0, 0
		}
	default:
		t.payment = 2
	}
}

func (m month) tip(d *dice, t *trip, evening, weekend, short bool) int64 {
	generous := int64(560)
	if evening {
		generous += 190
	}
	if weekend {
		generous += 70
	}
	if short {
		generous += 130
	}
	if t.fare > 3500 {
		generous -= 330
	}
	if d.chance(generous) {
		return t.fare*d.between(21, 32)/100 + 1
	}
	return t.fare * d.between(0, 18) / 100
}
