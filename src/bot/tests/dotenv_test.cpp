#include "bot/dotenv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using vagrolant::bot::environment;
using vagrolant::bot::merge_environment;
using vagrolant::bot::parse_dotenv;

TEST(dotenv, reads_plain_quoted_and_exported_values) {
    const auto file = parse_dotenv("# comment\r\n"
                                   "\n"
                                   "A=1\r\n"
                                   "  export B = two words  # trailing\n"
                                   "C='single # $literal \\n'\n"
                                   "D=\"line\\nbreak \\\"quoted\\\" \\$x \\\\ \\q\" # after\n"
                                   "E=pass#word\n"
                                   "F=\n"
                                   "G=a=b=c\n"
                                   "A=2");
    EXPECT_THAT(file.mistakes, IsEmpty());
    EXPECT_THAT(file.variables,
                ElementsAre(Pair("A", "2"), Pair("B", "two words"), Pair("C", "single # $literal \\n"),
                            Pair("D", "line\nbreak \"quoted\" $x \\ \\q"), Pair("E", "pass#word"),
                            Pair("F", ""), Pair("G", "a=b=c")));
}

TEST(dotenv, names_every_wrong_line_without_its_value) {
    const auto file = parse_dotenv("no equals sign secret\n"
                                   "OK=1\n"
                                   "1BAD=secret\n"
                                   "OPEN=\"secret\n"
                                   "TAIL='x' secret\n");
    EXPECT_THAT(file.variables, ElementsAre(Pair("OK", "1")));
    EXPECT_THAT(file.mistakes,
                ElementsAre(".env line 1: expected NAME=value", ".env line 3: expected NAME=value",
                            ".env line 4 (OPEN): the closing quote is missing",
                            ".env line 5 (TAIL): something follows the closing quote"));
    for (const auto& mistake : file.mistakes)
        EXPECT_THAT(mistake, testing::Not(HasSubstr("secret")));
}

TEST(dotenv, ignores_a_byte_order_mark) {
    EXPECT_THAT(parse_dotenv("\xEF\xBB\xBF"
                             "A=1")
                    .variables,
                ElementsAre(Pair("A", "1")));
}

TEST(dotenv, a_real_variable_wins_and_an_empty_one_counts_as_unset) {
    const char* const process[] = {"A=real", "B=", "D=only", "junk", nullptr};
    EXPECT_THAT(merge_environment(process, environment{{"A", "file"}, {"B", "file"}, {"C", ""}}),
                ElementsAre(Pair("A", "real"), Pair("B", "file"), Pair("D", "only")));
}
