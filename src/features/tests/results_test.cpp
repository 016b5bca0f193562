#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace vagrolant {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The quoted words that follow `marker` with nothing but `between` before them.
std::set<std::string> words_after(std::string_view text, std::string_view marker, std::string_view between,
                                  char quote = '"') {
    std::set<std::string> words;
    for (auto at = text.find(marker); at != text.npos; at = text.find(marker, at + 1)) {
        const auto open = text.find_first_not_of(between, at + marker.size());
        if (open == text.npos || text[open] != quote)
            continue;
        const auto close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", open + 1);
        if (close != text.npos && text[close] == quote)
            words.emplace(text.substr(open + 1, close - open - 1));
    }
    return words;
}

/// What the program is written in, tests aside.
std::string source() {
    std::string all;
    for (const auto* const layer : {"bot", "features"}) {
        for (const auto& one :
             fs::recursive_directory_iterator(fs::path(VAGROLANT_SOURCE_DIR) / "src" / layer)) {
            const auto extension = one.path().extension();
            if ((extension == ".cpp" || extension == ".hpp") &&
                one.path().parent_path().filename() != "tests")
                all += read(one.path());
        }
    }
    return all;
}

std::set<std::string> documented() {
    return words_after(read(fs::path(VAGROLANT_SOURCE_DIR) / "docs/results.md"), "\n| ", "", '`');
}

/// As refusals, warnings and the queue's own reasons are written: {.code = "x"}, refuse("x", …),
/// queue_refusal name{"x", …}, and the table of Discord's errors, known_error{json_error::y, "x", …}.
std::set<std::string> used() {
    const auto text = source();
    auto codes = words_after(text, ".code", " \n=");
    codes.merge(words_after(text, "refuse(", " \n"));
    codes.merge(words_after(text, "queue_refusal", " \n{abcdefghijklmnopqrstuvwxyz_"));
    codes.merge(words_after(text, "known_error{", " \n,:abcdefghijklmnopqrstuvwxyz_"));
    return codes;
}

TEST(results, every_code_is_documented) {
    const auto codes = used();
    EXPECT_THAT(codes,
                testing::IsSupersetOf({"bad_payload", "timeout", "missing_access", "expired", "too_old"}));
    const auto listed = documented();
    for (const auto& code : codes)
        EXPECT_TRUE(listed.contains(code)) << "docs/results.md does not list `" << code << '`';
}

TEST(results, every_documented_code_exists) {
    const auto text = source();
    for (const auto& code : documented())
        EXPECT_TRUE(text.contains('"' + code + '"')) << "nothing gives `" << code << "` any more";
}

} // namespace
} // namespace vagrolant
