#include "discord/gateway/frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace vagrolant::discord::gateway {

using namespace std::string_literals;
using kind = incoming::kind;

namespace {

/// A server's frame: not masked.
std::string frame(unsigned first, std::string_view payload) {
    std::string bytes(1, static_cast<char>(first));
    if (payload.size() < 126) {
        bytes += static_cast<char>(payload.size());
    } else if (payload.size() <= 0xFFFF) {
        bytes += '\x7E';
        bytes += static_cast<char>(payload.size() >> 8U);
        bytes += static_cast<char>(payload.size() & 0xFFU);
    } else {
        bytes += '\x7F';
        for (int shift = 56; shift >= 0; shift -= 8)
            bytes += static_cast<char>((payload.size() >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    return bytes += payload;
}

struct seen {
    kind what;
    std::string data;
    std::optional<std::uint16_t> code;

    friend bool operator==(const seen&, const seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const seen& one) {
        return out << static_cast<int>(one.what) << ' ' << one.data.substr(0, 40) << ' '
                   << one.code.value_or(0);
    }
};

void drain(frame_reader& reader, std::vector<seen>& into) {
    for (auto in = reader.next(); in.what != kind::nothing; in = reader.next()) {
        into.push_back({in.what, std::string(in.data), in.code});
        if (in.what == kind::violation)
            break;
    }
}

/// What comes of `bytes` that arrive in pieces of `step`.
std::vector<seen> read(std::string_view bytes, std::size_t step = SIZE_MAX,
                       std::size_t max_message = 1 << 20) {
    frame_reader reader(max_message);
    std::vector<seen> all;
    while (!bytes.empty()) {
        const auto room = reader.prepare();
        const auto size = std::min({step, bytes.size(), room.size()});
        std::ranges::copy(bytes.substr(0, size), room.begin());
        reader.commit(size);
        bytes.remove_prefix(size);
        drain(reader, all);
    }
    return all;
}

const auto conversation = frame(0x81, "{\"op\":10}") + frame(0x89, "still there?") +
                          frame(0x82, "\x01\x02"s) + frame(0x01, "frag") + frame(0x8A, "") +
                          frame(0x00, "men") + frame(0x89, "p") + frame(0x80, "ted") +
                          frame(0x81, std::string(126, 'a')) + frame(0x81, "") +
                          frame(0x81, std::string(70'000, 'b')) + frame(0x88, "\x0F\xA9gone"s);
const std::vector<seen> meaning{{kind::text, "{\"op\":10}", {}},
                                {kind::ping, "still there?", {}},
                                {kind::binary, "\x01\x02"s, {}},
                                {kind::pong, "", {}},
                                {kind::ping, "p", {}},
                                {kind::text, "fragmented", {}},
                                {kind::text, std::string(126, 'a'), {}},
                                {kind::text, "", {}},
                                {kind::text, std::string(70'000, 'b'), {}},
                                {kind::close, "gone", 4009}};

} // namespace

TEST(gateway_frames, a_conversation_in_one_piece) {
    EXPECT_EQ(read(conversation), meaning);
}

TEST(gateway_frames, every_piece_size_up_to_300_bytes) {
    for (std::size_t step = 1; step <= 300; ++step)
        ASSERT_EQ(read(conversation, step), meaning) << step;
}

TEST(gateway_frames, every_split_in_two) {
    const auto small = conversation.substr(0, 200) + frame(0x88, "\x0F\xA9"s);
    const auto whole = read(small);
    for (std::size_t at = 0; at <= small.size(); ++at) {
        frame_reader reader(1 << 20);
        std::vector<seen> all;
        for (const auto part : {std::string_view(small).substr(0, at), std::string_view(small).substr(at)}) {
            std::ranges::copy(part, reader.prepare().begin());
            reader.commit(part.size());
            drain(reader, all);
        }
        ASSERT_EQ(all, whole) << at;
    }
}

TEST(gateway_frames, what_breaks_the_protocol) {
    struct violation_case {
        const char* name;
        std::string bytes;
        std::uint16_t code;
    };
    const std::vector<violation_case> cases{
        {"reserved bit 1", frame(0xC1, "x"), 1002},
        {"reserved bit 2", frame(0xA1, "x"), 1002},
        {"reserved bit 3", frame(0x91, "x"), 1002},
        {"opcode 3", frame(0x83, "x"), 1002},
        {"opcode 11", frame(0x8B, "x"), 1002},
        {"masked", "\x81\x81\x01\x02\x03\x04x"s, 1002},
        {"continuation of nothing", frame(0x80, "x"), 1002},
        {"new message inside another", frame(0x01, "x") + frame(0x81, "y"), 1002},
        {"new binary message inside another", frame(0x01, "x") + frame(0x02, "y"), 1002},
        {"fragmented ping", frame(0x09, "x"), 1002},
        {"fragmented close", frame(0x08, ""), 1002},
        {"long ping", frame(0x89, std::string(126, 'x')), 1002},
        {"16-bit length under 126", "\x81\x7E\x00\x05hello"s, 1002},
        {"64-bit length under 65536", "\x81\x7F\x00\x00\x00\x00\x00\x00\x00\x05hello"s, 1002},
        {"64-bit length with its top bit", "\x81\x7F\x80\x00\x00\x00\x00\x01\x00\x00"s, 1002},
        {"close with half a code", frame(0x88, "\x0F"), 1002},
        {"close with code 999", frame(0x88, "\x03\xE7"s), 1002},
        {"close with code 1005", frame(0x88, "\x03\xED"s), 1002},
        {"close with code 1006", frame(0x88, "\x03\xEE"s), 1002},
        {"close with code 1015", frame(0x88, "\x03\xF7"s), 1002},
        {"close with code 2999", frame(0x88, "\x0B\xB7"s), 1002},
        {"close with code 5000", frame(0x88, "\x13\x88"s), 1002},
        {"too big", "\x81\x7F\x00\x00\x00\x00\x00\x10\x00\x01"s, 1009},
        {"absurdly big", "\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, 1009},
        {"too big in fragments",
         frame(0x01, std::string(60'000, 'x')) +
             [] {
                 std::string more;
                 for (int i = 0; i < 17; ++i)
                     more += frame(0x00, std::string(60'000, 'x'));
                 return more;
             }(),
         1009},
    };
    for (const auto& one : cases) {
        for (const std::size_t step : {SIZE_MAX, std::size_t{1}}) {
            const auto all = read(one.bytes, step);
            ASSERT_FALSE(all.empty()) << one.name;
            EXPECT_EQ(all.back().what, kind::violation) << one.name;
            EXPECT_EQ(all.back().code, one.code) << one.name << ": " << all.back().data;
        }
    }
}

TEST(gateway_frames, after_a_violation_nothing_is_read_any_more) {
    frame_reader reader(100);
    const auto bytes = frame(0x83, "x") + frame(0x81, "fine");
    std::ranges::copy(bytes, reader.prepare().begin());
    reader.commit(bytes.size());
    EXPECT_EQ(reader.next().what, kind::violation);
    EXPECT_EQ(reader.next().what, kind::violation);
}

TEST(gateway_frames, a_message_of_exactly_the_limit_passes) {
    EXPECT_EQ(read(frame(0x81, std::string(200'000, 'x')), 4096, 200'000).size(), 1U);
    EXPECT_EQ(read(frame(0x81, std::string(200'001, 'x')), 4096, 200'000).front().code, 1009);
}

TEST(gateway_frames, close_without_code) {
    EXPECT_EQ(read(frame(0x88, "")), (std::vector<seen>{{kind::close, "", {}}}));
}

TEST(gateway_frames, what_is_sent_is_masked_and_of_shortest_length) {
    std::string out;
    append_frame(out, frame_type::text, "abcde", {'\x01', '\x02', '\x03', '\x04'});
    EXPECT_EQ(out, "\x81\x85\x01\x02\x03\x04\x60\x60\x60\x60\x64"s);

    // With a mask of zeros the payload is plain; take the mask and its bit out and it is a server's frame.
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 125, 126, 65'535, 65'536}) {
        const std::string payload(size, 'p');
        out.clear();
        append_frame(out, frame_type::binary, payload, {});
        const std::size_t header = size < 126 ? 2 : size <= 65'535 ? 4 : 10;
        ASSERT_EQ(out.size(), header + 4 + size);
        out[1] = static_cast<char>(static_cast<unsigned char>(out[1]) & 0x7FU);
        out.erase(header, 4);
        EXPECT_EQ(read(out), (std::vector<seen>{{kind::binary, payload, {}}})) << size;
    }
}

} // namespace vagrolant::discord::gateway
