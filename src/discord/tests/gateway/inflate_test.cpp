#include "discord/gateway/inflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace vagrolant::discord::gateway {

namespace {

std::vector<std::string> messages() {
    std::vector<std::string> all{R"({"op":10,"d":{"heartbeat_interval":41250}})", "",
                                 std::string(300'000, 'x')};
    for (int i = 0; i < 200; ++i)
        all.push_back(R"({"t":"MESSAGE_CREATE","s":)" + std::to_string(i) +
                      R"(,"op":0,"d":{"content":"é"}})");
    return all;
}

/// One context, flushed after each message, as Discord does.
std::vector<std::string> zlib_stream(const std::vector<std::string>& plain) {
    z_stream stream{};
    deflateInit(&stream, Z_DEFAULT_COMPRESSION);
    std::vector<std::string> all;
    for (auto text : plain) {
        std::string out(text.size() + 1024, '\0');
        stream.next_in = reinterpret_cast<Bytef*>(text.data());
        stream.avail_in = static_cast<uInt>(text.size());
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        deflate(&stream, Z_SYNC_FLUSH);
        out.resize(out.size() - stream.avail_out);
        all.push_back(out);
    }
    deflateEnd(&stream);
    return all;
}

std::vector<std::string> zstd_stream(const std::vector<std::string>& plain) {
    auto* context = ZSTD_createCCtx();
    std::vector<std::string> all;
    for (const auto& text : plain) {
        std::string out(ZSTD_compressBound(text.size()) + 1024, '\0');
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush);
        out.resize(to.pos);
        all.push_back(out);
    }
    ZSTD_freeCCtx(context);
    return all;
}

void round_trip(compression how, const std::vector<std::string>& compressed) {
    const auto plain = messages();
    const auto inflate = make_inflater(how, 1 << 20);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        // An empty message flushes to nothing.
        if (plain[i].empty())
            continue;
        const auto text = inflate->feed(compressed[i]);
        ASSERT_TRUE(text) << i;
        ASSERT_EQ(*text, plain[i]) << i;
    }
}

} // namespace

TEST(gateway_inflate, zlib_stream) {
    round_trip(compression::zlib_stream, zlib_stream(messages()));
}

TEST(gateway_inflate, zstd_stream) {
    round_trip(compression::zstd_stream, zstd_stream(messages()));
}

TEST(gateway_inflate, a_zlib_message_in_several_frames) {
    const std::vector<std::string> plain{"first message", "second message"};
    const auto compressed = zlib_stream(plain);
    for (std::size_t at = 0; at < compressed[0].size(); ++at) {
        const auto inflate = make_inflater(compression::zlib_stream, 1000);
        if (at > 0)
            ASSERT_FALSE(inflate->feed(std::string_view(compressed[0]).substr(0, at))) << at;
        const auto text = inflate->feed(std::string_view(compressed[0]).substr(at));
        // A cut inside the final marker leaves a rest that cannot be told from the middle of a message.
        if (at + 4 <= compressed[0].size()) {
            ASSERT_EQ(text, plain[0]) << at;
            ASSERT_EQ(inflate->feed(compressed[1]), plain[1]) << at;
        }
    }
}

TEST(gateway_inflate, garbage_is_an_error) {
    for (const auto how : {compression::zlib_stream, compression::zstd_stream}) {
        EXPECT_THROW(make_inflater(how, 1000)->feed("this was never compressed"), inflate_error);
    }
    EXPECT_EQ(make_inflater(compression::none, 1000), nullptr);
}

TEST(gateway_inflate, a_bomb_is_refused) {
    const std::vector<std::string> plain{std::string(2'000'000, 'x')};
    EXPECT_THROW(make_inflater(compression::zlib_stream, 1'000'000)->feed(zlib_stream(plain)[0]),
                 inflate_error);
    EXPECT_THROW(make_inflater(compression::zstd_stream, 1'000'000)->feed(zstd_stream(plain)[0]),
                 inflate_error);
}

TEST(gateway_inflate, a_zstd_frame_may_not_ask_for_a_huge_window) {
    auto* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27);
    const std::string text(1000, 'x');
    std::string out(4096, '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    ZSTD_compressStream2(context, &to, &in, ZSTD_e_flush);
    ZSTD_freeCCtx(context);
    EXPECT_THROW(make_inflater(compression::zstd_stream, 1'000'000)->feed({out.data(), to.pos}),
                 inflate_error);
}

} // namespace vagrolant::discord::gateway
