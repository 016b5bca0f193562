#include "discord/gateway/inflate.hpp"

#include "json/reader.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

namespace vagrolant::discord::gateway {

namespace {

constexpr std::size_t base_capacity = std::size_t{64} * 1024;
constexpr std::size_t kept_capacity = std::size_t{1024} * 1024;

// The largest zstd window accepted: 8 MiB, what a frame's header may make the decoder allocate.
constexpr int max_window_log = 23;

// Where a message is inflated to, and then parsed in place.
class output {
public:
    explicit output(std::size_t max_message)
        : max_message_(max_message) {
        resize(base_capacity);
    }

    std::span<char> room() {
        if (size_ == capacity_) {
            if (capacity_ >= max_message_)
                throw inflate_error("message inflates to more than allowed");
            resize(std::min(2 * capacity_, max_message_));
        }
        return {bytes_.get() + size_, capacity_ - size_};
    }
    void commit(std::size_t size) { size_ += size; }
    std::string_view text() const { return {bytes_.get(), size_}; }

    void begin_message() {
        size_ = 0;
        if (capacity_ > kept_capacity)
            resize(base_capacity);
    }

private:
    void resize(std::size_t capacity) {
        auto larger = std::make_unique_for_overwrite<char[]>(capacity + json::padding);
        std::memset(larger.get() + capacity, 0, json::padding);
        if (size_ > 0)
            std::memcpy(larger.get(), bytes_.get(), size_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::size_t max_message_;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

class zlib_inflater final : public inflater {
public:
    explicit zlib_inflater(std::size_t max_message)
        : output_(max_message) {
        if (inflateInit(&stream_) != Z_OK)
            throw inflate_error("zlib: no memory");
    }
    ~zlib_inflater() override { inflateEnd(&stream_); }
    zlib_inflater(const zlib_inflater&) = delete;
    zlib_inflater& operator=(const zlib_inflater&) = delete;

    std::optional<std::string_view> feed(std::string_view compressed) override {
        if (complete_) {
            output_.begin_message();
            complete_ = false;
        }
        // zlib's interface is not const-correct; it only reads.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
        stream_.avail_in = static_cast<uInt>(compressed.size());
        bool more = true;
        while (more) {
            const auto room = output_.room();
            stream_.next_out = reinterpret_cast<Bytef*>(room.data());
            stream_.avail_out = static_cast<uInt>(room.size());
            const int outcome = inflate(&stream_, Z_SYNC_FLUSH);
            output_.commit(room.size() - stream_.avail_out);
            // Z_BUF_ERROR: nothing left to do, which is no error.
            if (outcome != Z_OK && outcome != Z_BUF_ERROR)
                throw inflate_error(std::string("zlib: ") +
                                    (stream_.msg != nullptr ? stream_.msg : "stream ended"));
            more = stream_.avail_in > 0 || stream_.avail_out == 0;
        }
        // A message ends with the empty block of Z_SYNC_FLUSH; until then it goes on in the next frame.
        using namespace std::string_view_literals;
        complete_ = compressed.ends_with("\x00\x00\xff\xff"sv);
        if (!complete_)
            return std::nullopt;
        return output_.text();
    }

private:
    z_stream stream_{};
    output output_;
    bool complete_ = false;
};

class zstd_inflater final : public inflater {
public:
    explicit zstd_inflater(std::size_t max_message)
        : stream_(ZSTD_createDStream())
        , output_(max_message) {
        if (!stream_)
            throw inflate_error("zstd: no memory");
        ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, max_window_log);
    }

    std::optional<std::string_view> feed(std::string_view compressed) override {
        output_.begin_message();
        ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
        bool more = true;
        while (more) {
            const auto room = output_.room();
            ZSTD_outBuffer out{room.data(), room.size(), 0};
            // The frame never ends, so the return value need not reach 0.
            const auto outcome = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (ZSTD_isError(outcome) != 0)
                throw inflate_error(std::string("zstd: ") + ZSTD_getErrorName(outcome));
            output_.commit(out.pos);
            more = in.pos < in.size || out.pos == out.size;
        }
        return output_.text();
    }

private:
    struct free_stream {
        void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
    };
    std::unique_ptr<ZSTD_DStream, free_stream> stream_;
    output output_;
};

} // namespace

std::string_view to_string(compression how) {
    switch (how) {
    case compression::none:
        return "";
    case compression::zlib_stream:
        return "zlib-stream";
    case compression::zstd_stream:
        return "zstd-stream";
    }
    return "";
}

std::unique_ptr<inflater> make_inflater(compression how, std::size_t max_message) {
    switch (how) {
    case compression::none:
        return nullptr;
    case compression::zlib_stream:
        return std::make_unique<zlib_inflater>(max_message);
    case compression::zstd_stream:
        return std::make_unique<zstd_inflater>(max_message);
    }
    return nullptr;
}

} // namespace vagrolant::discord::gateway
