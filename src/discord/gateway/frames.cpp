#include "discord/gateway/frames.hpp"

#include "json/reader.hpp"

#include <algorithm>
#include <cstring>

namespace vagrolant::discord::gateway {

namespace {

constexpr std::size_t base_capacity = 2 * frame_reader::read_size;
// A buffer that one large message blew up beyond this is given back once it is empty.
constexpr std::size_t kept_capacity = std::size_t{1024} * 1024;
constexpr std::size_t max_control_payload = 125;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes)
        number = (number << 8U) | static_cast<unsigned char>(byte);
    return number;
}

void append_big_endian(std::string& out, std::uint64_t number, std::size_t count) {
    while (count-- > 0)
        out += static_cast<char>((number >> (8U * count)) & 0xFFU);
}

bool is_control(frame_type type) {
    return static_cast<std::uint8_t>(type) >= 8;
}

// RFC 6455 section 7.4: codes that may stand in a close frame.
bool may_be_sent(std::uint64_t code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

} // namespace

void append_frame(std::string& out, frame_type type, std::string_view payload, std::array<char, 4> mask) {
    constexpr unsigned fin = 0x80;
    constexpr unsigned masked = 0x80;
    out += static_cast<char>(fin | static_cast<unsigned>(type));
    if (payload.size() < 126) {
        out += static_cast<char>(masked | static_cast<unsigned>(payload.size()));
    } else if (payload.size() <= UINT16_MAX) {
        out += static_cast<char>(masked | 126U);
        append_big_endian(out, payload.size(), 2);
    } else {
        out += static_cast<char>(masked | 127U);
        append_big_endian(out, payload.size(), 8);
    }
    out.append(mask.data(), mask.size());
    const auto begin = out.size();
    out += payload;
    for (std::size_t i = 0; i < payload.size(); ++i)
        out[begin + i] = static_cast<char>(out[begin + i] ^ mask[i % 4]);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    std::string payload;
    append_big_endian(payload, code, 2);
    payload += reason.substr(0, max_control_payload - 2);
    return payload;
}

frame_reader::frame_reader(std::size_t max_message)
    : max_message_(max_message) {
    resize(base_capacity);
}

std::span<char> frame_reader::prepare() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (capacity_ > kept_capacity && awaited_ == 0)
            resize(base_capacity);
    }
    const auto needed = std::max(end_ - begin_ + read_size, awaited_);
    if (needed > capacity_) {
        // Doubling keeps the copying linear; `awaited_` is bounded by the largest message.
        resize(std::max(needed, 2 * capacity_));
    } else if (begin_ + needed > capacity_) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

void frame_reader::commit(std::size_t size) {
    end_ += size;
}

incoming frame_reader::next() {
    if (broken_) [[unlikely]]
        return *broken_;
    if (fragments_done_) {
        fragments_done_ = false;
        fragments_.clear();
        if (fragments_.capacity() > kept_capacity)
            fragments_.shrink_to_fit();
    }
    for (;;) {
        awaited_ = 0;
        const char* frame = buffer_.get() + begin_;
        const auto available = end_ - begin_;
        if (available < 2)
            return {};
        const auto first = static_cast<unsigned char>(frame[0]);
        const auto second = static_cast<unsigned char>(frame[1]);
        const bool fin = (first & 0x80U) != 0;
        const auto type = static_cast<frame_type>(first & 0x0FU);
        if ((first & 0x70U) != 0)
            return violation(1002, "reserved bits are set");
        if ((second & 0x80U) != 0)
            return violation(1002, "a server's frame is masked");

        std::uint64_t size = second & 0x7FU;
        std::size_t header = 2;
        if (size >= 126) {
            const std::size_t extended = size == 126 ? 2 : 8;
            if (available < 2 + extended)
                return {};
            size = big_endian({frame + 2, extended});
            header += extended;
            if (size < 126 || (extended == 8 && size <= UINT16_MAX) || (size >> 63U) != 0)
                return violation(1002, "length not in its shortest form");
        }
        switch (type) {
        case frame_type::continuation:
            if (!fragmented_)
                return violation(1002, "continuation of nothing");
            break;
        case frame_type::text:
        case frame_type::binary:
            if (fragmented_)
                return violation(1002, "a message inside a fragmented one");
            break;
        case frame_type::close:
        case frame_type::ping:
        case frame_type::pong:
            if (!fin || size > max_control_payload)
                return violation(1002, "fragmented or long control frame");
            break;
        default:
            return violation(1002, "unknown opcode");
        }
        if (size > max_message_ - fragments_.size())
            return violation(1009, "message too big");
        if (available - header < size) {
            awaited_ = header + static_cast<std::size_t>(size);
            return {};
        }

        const std::string_view payload(frame + header, static_cast<std::size_t>(size));
        begin_ += header + payload.size();
        if (is_control(type))
            return control(type, payload);
        if (fin && !fragmented_) {
            return {.what = type == frame_type::text ? incoming::kind::text : incoming::kind::binary,
                    .data = payload};
        }
        if (type != frame_type::continuation)
            fragmented_ = type;
        fragments_ += payload;
        if (fin) {
            const auto what =
                *fragmented_ == frame_type::text ? incoming::kind::text : incoming::kind::binary;
            fragmented_.reset();
            fragments_done_ = true;
            fragments_.reserve(fragments_.size() + json::padding);
            return {.what = what, .data = fragments_};
        }
    }
}

incoming frame_reader::control(frame_type type, std::string_view payload) {
    switch (type) {
    case frame_type::ping:
        return {.what = incoming::kind::ping, .data = payload};
    case frame_type::pong:
        return {.what = incoming::kind::pong, .data = payload};
    default:
        break;
    }
    incoming close{.what = incoming::kind::close};
    if (!payload.empty()) {
        const auto code = payload.size() < 2 ? 0 : big_endian(payload.substr(0, 2));
        if (!may_be_sent(code))
            return violation(1002, "invalid close code");
        close.code = static_cast<std::uint16_t>(code);
        close.data = payload.substr(2);
    }
    return close;
}

incoming frame_reader::violation(std::uint16_t code, std::string_view how) {
    broken_ = {.what = incoming::kind::violation, .data = how, .code = code};
    return *broken_;
}

void frame_reader::resize(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity + json::padding);
    // simdjson may look at the padding before anything was ever put there.
    std::memset(larger.get() + capacity, 0, json::padding);
    if (end_ > begin_)
        std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_ = std::move(larger);
    capacity_ = capacity;
}

} // namespace vagrolant::discord::gateway
