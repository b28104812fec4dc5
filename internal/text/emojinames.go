package text

import (
	"slices"
	"strings"
)

// emojiNames are the emoji that can be typed by name; those at the beginning are
// offered first. The names are those of other messengers, where they agree.
const emojiNames = `
+1 👍, thumbsup 👍, -1 👎, thumbsdown 👎, 100 💯, heart ❤️, <3 ❤️, joy 😂, smile 😄, tada 🎉, eyes 👀, ok 👌, check ✅
x ❌, fire 🔥, rocket 🚀, thanks 🙏, pray 🙏, clap 👏, cry 😢, think 🤔, thinking 🤔, wave 👋
grin 😁, grinning 😀, laughing 😆, sweat_smile 😅, rofl 🤣, slight_smile 🙂, upside_down 🙃, wink 😉, blush 😊
innocent 😇, heart_eyes 😍, star_struck 🤩, kissing_heart 😘, yum 😋, stuck_out_tongue 😛, zany 🤪, money_mouth 🤑
hugs 🤗, shushing 🤫, zipper_mouth 🤐, raised_eyebrow 🤨, neutral 😐, expressionless 😑, no_mouth 😶, smirk 😏
unamused 😒, roll_eyes 🙄, grimacing 😬, lying 🤥, relieved 😌, pensive 😔, sleepy 😪, drooling 🤤, sleeping 😴, mask 😷
sick 🤒, nauseated 🤢, vomiting 🤮, sneezing 🤧, hot 🥵, cold 🥶, woozy 🥴, dizzy_face 😵, exploding_head 🤯, cowboy 🤠
partying 🥳, cool 😎, sunglasses 😎, nerd 🤓, monocle 🧐, confused 😕, worried 😟, frown 🙁, open_mouth 😮
astonished 😲, flushed 😳, pleading 🥺, fearful 😨, anxious 😰, sob 😭, scream 😱, disappointed 😞, sweat 😓, weary 😩
tired 😫, yawn 🥱, triumph 😤, rage 😡, angry 😠, swearing 🤬, devil 😈, skull 💀, poop 💩, clown 🤡, ghost 👻, alien 👽
robot 🤖, cat 🐱, dog 🐶, see_no_evil 🙈, hear_no_evil 🙉, speak_no_evil 🙊, kiss 💋
broken_heart 💔, orange_heart 🧡, yellow_heart 💛, green_heart 💚, blue_heart 💙, purple_heart 💜, black_heart 🖤
white_heart 🤍, two_hearts 💕, sparkling_heart 💖, boom 💥, sweat_drops 💦, dash 💨, zzz 💤, speech 💬, raised_hand ✋
vulcan 🖖, pinch 🤏, victory ✌️, crossed_fingers 🤞, metal 🤘, call_me 🤙, point_left 👈, point_right 👉, point_up 👆
point_down 👇, fist ✊, punch 👊, raised_hands 🙌, open_hands 👐, handshake 🤝, writing ✍️, muscle 💪, brain 🧠
eye 👁️, baby 👶, shrug 🤷, facepalm 🤦, bow 🙇, ninja 🥷, walking 🚶, running 🏃, dancer 💃
monkey 🐒, fox 🦊, bear 🐻, panda 🐼, tiger 🐯, cow 🐮, pig 🐷, frog 🐸, chicken 🐔, penguin 🐧, bird 🐦, duck 🦆, owl 🦉
unicorn 🦄, bee 🐝, bug 🐛, butterfly 🦋, snail 🐌, turtle 🐢, snake 🐍, octopus 🐙, crab 🦀, fish 🐟, whale 🐳
dolphin 🐬, shark 🦈, otter 🦦, sloth 🦥, gopher 🐹, rabbit 🐰, mouse 🐭, paw 🐾, bouquet 💐, rose 🌹, sunflower 🌻
tulip 🌷, seedling 🌱, tree 🌳, palm 🌴, cactus 🌵, clover 🍀, leaf 🍃, mushroom 🍄
apple 🍎, banana 🍌, lemon 🍋, grapes 🍇, strawberry 🍓, cherries 🍒, peach 🍑, avocado 🥑, carrot 🥕, bread 🍞
cheese 🧀, egg 🥚, bacon 🥓, burger 🍔, fries 🍟, pizza 🍕, taco 🌮, sushi 🍣, ramen 🍜, popcorn 🍿, icecream 🍦
doughnut 🍩, cookie 🍪, cake 🎂, chocolate 🍫, candy 🍬, coffee ☕, tea 🍵, beer 🍺, beers 🍻, wine 🍷, cocktail 🍸
champagne 🍾, cheers 🥂
sun ☀️, moon 🌙, star ⭐, sparkles ✨, cloud ☁️, rain 🌧️, snow ❄️, snowman ⛄, zap ⚡, rainbow 🌈, umbrella ☔
ocean 🌊, earth 🌍, mountain ⛰️, house 🏠, office 🏢, car 🚗, taxi 🚕, bus 🚌, train 🚆, bike 🚲, ship 🚢, plane ✈️
anchor ⚓, construction 🚧
gift 🎁, balloon 🎈, confetti 🎊, trophy 🏆, medal 🏅, first 🥇, second 🥈, third 🥉, soccer ⚽, basketball 🏀, dart 🎯
game 🎮, dice 🎲, chess ♟️, art 🎨, music 🎵, guitar 🎸, headphones 🎧, microphone 🎤, movie 🎬, camera 📷, tv 📺
phone 📱, computer 💻, keyboard ⌨️, printer 🖨️, floppy 💾, bulb 💡, battery 🔋, plug 🔌, magnet 🧲, wrench 🔧
hammer 🔨, gear ⚙️, link 🔗, lock 🔒, unlock 🔓, key 🔑, bell 🔔, no_bell 🔕, mag 🔍, book 📖, books 📚, memo 📝
pencil ✏️, clipboard 📋, pin 📌, paperclip 📎, scissors ✂️, calendar 📅, chart 📈, chart_down 📉, mail ✉️, package 📦
inbox 📥, outbox 📤, money 💰, gem 💎, hourglass ⏳, alarm ⏰, watch ⌚, bomb 💣, shield 🛡️, pill 💊, test_tube 🧪
telescope 🔭, satellite 📡, crystal_ball 🔮, flag 🚩, white_flag 🏳️, checkered_flag 🏁
warning ⚠️, stop 🛑, no_entry ⛔, forbidden 🚫, question ❓, exclamation ❗, bangbang ‼️, interrobang ⁉️, plus ➕
minus ➖, recycle ♻️, infinity ♾️, red_circle 🔴, yellow_circle 🟡, green_circle 🟢, blue_circle 🔵, new 🆕, sos 🆘
up ⬆️, down ⬇️, left ⬅️, right ➡️, repeat 🔁, peace ☮️, yin_yang ☯️, copyright ©️, tm ™️
`

var emojiByName, emojiOrder = readEmoji()

func readEmoji() (byName map[string]string, order []string) {
	byName = make(map[string]string)
	for entry := range strings.FieldsFuncSeq(emojiNames, func(r rune) bool { return r == ',' || r == '\n' }) {
		name, emoji, _ := strings.Cut(strings.TrimSpace(entry), " ")
		byName[name] = emoji
		order = append(order, name)
	}
	return byName, order
}

// Emoji is the emoji of a name as it is typed between colons, in any case.
func Emoji(name string) (emoji string, ok bool) {
	emoji, ok = emojiByName[strings.ToLower(name)]
	return emoji, ok
}

// EmojiNames lists the names that have a text in them, those that begin with it
// first.
func EmojiNames(part string) (names []string) {
	part = strings.ToLower(part)
	for _, name := range emojiOrder {
		if strings.Contains(name, part) {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		switch x, y := strings.HasPrefix(a, part), strings.HasPrefix(b, part); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return names
}
