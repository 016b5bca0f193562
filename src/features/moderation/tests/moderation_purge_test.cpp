#include "features/moderation/purge_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vagrolant::moderation {
namespace {

using namespace std::chrono_literals;
using discord::message_id;
using kind = purge_step::kind;
using testing::ElementsAre;
using testing::IsEmpty;
using time_point = purge_run::time_point;

constexpr time_point now{std::chrono::milliseconds(1'780'000'000'000)};

// A message written `age` ago; `n` tells those of one moment apart.
message_id id_of(std::chrono::milliseconds age, unsigned n = 0) {
    const auto ms = (now - age).time_since_epoch().count() - message_id::discord_epoch_ms;
    return message_id((static_cast<std::uint64_t>(ms) << 22U) + n);
}

// What a run does to a channel that answers as Discord does.
struct played {
    std::vector<std::size_t> chunks;
    int singles = 0;
    int pages = 0;
    std::vector<message_id> deleted;
};

// `messages`: newest first.
played play(purge_run& run, const std::vector<seen_message>& messages, time_point at = now) {
    played result;
    for (auto step = run.next(at); step.what != kind::done; step = run.next(at)) {
        if (step.what == kind::fetch) {
            std::vector<seen_message> page;
            for (const auto& one : messages) {
                if ((!step.before || one.id < step.before) && page.size() < purge_run::page_size)
                    page.push_back(one);
            }
            ++result.pages;
            run.fetched(page);
            continue;
        }
        result.deleted.insert(result.deleted.end(), step.messages.begin(), step.messages.end());
        if (step.what == kind::bulk)
            result.chunks.push_back(step.messages.size());
        else
            ++result.singles;
        run.deleted();
        if (result.pages + result.singles > 10'000)
            throw std::logic_error("the run has no end");
    }
    return result;
}

// `count` messages, one a minute, the newest a minute old.
std::vector<seen_message> channel_of(int count, std::chrono::minutes newest = 1min) {
    std::vector<seen_message> messages;
    for (int n = 0; n < count; ++n)
        messages.push_back({.id = id_of(newest + std::chrono::minutes(n))});
    return messages;
}

std::vector<std::string> codes(const purge_run& run) {
    std::vector<std::string> found;
    for (const auto& one : run.warnings())
        found.push_back(one.code);
    return found;
}

struct size_case {
    int amount;
    int in_channel;
    std::vector<std::size_t> chunks;
    int singles;
    int pages;
};

class purge_sizes : public testing::TestWithParam<size_case> {};

TEST_P(purge_sizes, go_in_chunks_of_two_to_a_hundred_and_a_lone_one_by_itself) {
    const auto& [amount, in_channel, chunks, singles, pages] = GetParam();
    purge_run run({.amount = amount}, now);
    const auto result = play(run, channel_of(in_channel));
    EXPECT_EQ(result.chunks, chunks);
    EXPECT_EQ(result.singles, singles);
    EXPECT_EQ(result.pages, pages);
    EXPECT_EQ(run.deleted_so_far(), std::min(amount, in_channel));
    EXPECT_THAT(run.warnings(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(of, purge_sizes,
                         testing::Values(size_case{1, 50, {}, 1, 1}, size_case{2, 50, {2}, 0, 1},
                                         size_case{50, 0, {}, 0, 1}, size_case{50, 1, {}, 1, 1},
                                         size_case{50, 47, {47}, 0, 1}, size_case{100, 100, {100}, 0, 1},
                                         size_case{101, 300, {100}, 1, 2},
                                         size_case{150, 300, {100, 50}, 0, 2},
                                         size_case{300, 200, {100, 100}, 0, 3},
                                         size_case{1000, 1200, std::vector<std::size_t>(10, 100), 0, 10}));

TEST(purge_run, the_newest_go_first_and_no_more_than_asked) {
    purge_run run({.amount = 3}, now);
    const auto all = channel_of(10);
    EXPECT_THAT(play(run, all).deleted, ElementsAre(all[0].id, all[1].id, all[2].id));
}

struct mode_case {
    purge_mode mode;
    bool keep_pinned;
    std::vector<std::size_t> expected;
};

class purge_modes : public testing::TestWithParam<mode_case> {};

TEST_P(purge_modes, choose_by_author_and_pin) {
    std::vector<seen_message> all;
    for (unsigned n = 0; n < 4; ++n)
        all.push_back({.id = id_of(std::chrono::minutes(n + 1)), .bot = n % 2 == 1, .pinned = n >= 2});
    purge_run run({.amount = 10, .mode = GetParam().mode, .keep_pinned = GetParam().keep_pinned}, now);
    std::vector<message_id> expected;
    for (const auto index : GetParam().expected)
        expected.push_back(all[index].id);
    EXPECT_EQ(play(run, all).deleted, expected);
}

using enum purge_mode;
using indices = std::vector<std::size_t>;
INSTANTIATE_TEST_SUITE_P(
    all, purge_modes,
    testing::Values(mode_case{count, false, indices{0, 1, 2, 3}}, mode_case{count, true, indices{0, 1}},
                    mode_case{users, false, indices{0, 2}}, mode_case{users, true, indices{0}},
                    mode_case{bots, false, indices{1, 3}}, mode_case{bots, true, indices{1}}));

TEST(purge_run, webhooks_count_as_bots) {
    discord::message one{.id = message_id(5), .channel = discord::channel_id(1)};
    EXPECT_FALSE(seen_message::of(one).bot);
    one.webhook = 7;
    EXPECT_TRUE(seen_message::of(one).bot);
    one.webhook = 0;
    one.author.bot = true;
    EXPECT_TRUE(seen_message::of(one).bot);
}

TEST(purge_run, looks_back_past_what_does_not_match) {
    auto all = channel_of(450);
    for (std::size_t n = 0; n < all.size(); ++n)
        all[n].bot = n % 3 != 0;
    purge_run run({.amount = 120, .mode = purge_mode::users}, now);
    const auto result = play(run, all);
    EXPECT_THAT(result.chunks, ElementsAre(100, 20));
    EXPECT_EQ(result.pages, 4);
    EXPECT_EQ(run.deleted_so_far(), 120);
}

TEST(purge_run, looks_at_so_many_messages_and_no_more) {
    auto all = channel_of(700);
    for (auto& one : all)
        one.bot = true;
    all[150].bot = false;
    all[650].bot = false;
    purge_run run({.amount = 10, .mode = purge_mode::users}, now, {.scanned = 500});
    const auto result = play(run, all);
    EXPECT_EQ(result.pages, 5);
    EXPECT_THAT(result.deleted, ElementsAre(all[150].id));
    ASSERT_THAT(codes(run), ElementsAre("scan_limit"));
    EXPECT_EQ(run.warnings()[0].count, 9);
    EXPECT_EQ(run.warnings()[0].text.fr, "Parmi les 500 derniers messages, 1 seulement correspondait : une "
                                         "purge ne remonte pas plus loin.");
}

// What a run says of `count` messages of each kind.
std::vector<bot::warning> told_of(int count, int amount) {
    purge_run old({.amount = amount}, now, {.old = 0});
    play(old, channel_of(count, 20 * 24 * 60min));
    purge_run late({.amount = count}, now);
    static_cast<void>(late.next(now));
    late.fetched(channel_of(count));
    static_cast<void>(late.next(now + 8min));
    auto of_discord = channel_of(count);
    for (auto& one : of_discord)
        one.type = 4;
    purge_run undeletable({.amount = amount}, now);
    play(undeletable, of_discord);
    auto people = channel_of(100);
    for (int n = count; n < 100; ++n)
        people[static_cast<std::size_t>(n)].bot = true;
    purge_run short_of({.amount = amount, .mode = purge_mode::users}, now, {.scanned = 100});
    play(short_of, people);
    purge_run stopped({.amount = count}, now);
    static_cast<void>(stopped.next(now));
    stopped.fetched(channel_of(count));
    std::vector<bot::warning> all;
    for (auto& some : {old.warnings(), late.warnings(), undeletable.warnings(), short_of.warnings(),
                       stopped.warnings(bot::refusal{.code = "x", .reason = localized{"Panne.", "Outage."}})})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

std::vector<std::string> texts(int count, locale language) {
    std::vector<std::string> found;
    for (const auto& one : told_of(count, 5))
        found.push_back(one.text.in(language));
    return found;
}

TEST(purge_run, one_is_told_of_in_the_singular) {
    EXPECT_THAT(
        texts(1, locale::fr),
        ElementsAre("Reste 1 message de plus de 14 jours : Discord ne laisse supprimer ceux de cet âge qu'un "
                    "par un, et une purge en supprime 0 au plus. Relancez-la pour continuer.",
                    "Une purge dure 8 minutes au plus : 1 message au plus n'a pas été supprimé. Relancez-la "
                    "pour continuer.",
                    "1 message de Discord ne peut pas être supprimé et a été ignoré.",
                    "Parmi les 100 derniers messages, 1 seulement correspondait : une purge ne remonte pas "
                    "plus loin.",
                    "La purge s'est arrêtée avant la fin (1 message au plus n'a pas été supprimé) : Panne."));
    EXPECT_THAT(
        texts(1, locale::en),
        ElementsAre("Left: 1 message older than 14 days. Discord lets those of that age be deleted "
                    "one by one only, and a purge deletes 0 of them at most. Start it again to go on.",
                    "A purge takes 8 minutes at most: up to 1 message was not deleted. Start it again "
                    "to go on.",
                    "1 message of Discord's own cannot be deleted and was passed over.",
                    "Of the latest 100 messages only 1 matched: a purge looks back no further.",
                    "The purge stopped before its end (up to 1 message was not deleted): Outage."));
}

TEST(purge_run, more_than_one_are_told_of_in_the_plural) {
    using testing::HasSubstr;
    EXPECT_THAT(texts(2, locale::fr),
                ElementsAre(HasSubstr("Restent 2 messages de plus"),
                            HasSubstr("2 messages au plus n'ont pas été supprimés."),
                            "2 messages de Discord ne peuvent pas être supprimés et ont été ignorés.",
                            HasSubstr("2 seulement correspondaient"),
                            HasSubstr("(2 messages au plus n'ont pas été supprimés) : Panne.")));
    EXPECT_THAT(texts(2, locale::en),
                ElementsAre(HasSubstr("Left: 2 messages"), HasSubstr("up to 2 messages were not deleted."),
                            "2 messages of Discord's own cannot be deleted and were passed over.",
                            HasSubstr("only 2 matched"), HasSubstr("(up to 2 messages were not deleted)")));
}

TEST(purge_run, none_at_all_is_told_too) {
    EXPECT_EQ(
        told_of(0, 5).back().text.fr,
        "Parmi les 100 derniers messages, aucun ne correspondait : une purge ne remonte pas plus loin.");
}

struct age_case {
    std::chrono::milliseconds age;
    bool bulk;
};

class purge_ages : public testing::TestWithParam<age_case> {};

TEST_P(purge_ages, bulk_deletion_takes_what_is_younger_than_fourteen_days_with_a_margin) {
    purge_run run({.amount = 2}, now);
    const auto result = play(run, {{.id = id_of(GetParam().age)}, {.id = id_of(GetParam().age, 1)}});
    EXPECT_EQ(result.chunks.size(), GetParam().bulk ? 1U : 0U);
    EXPECT_EQ(result.singles, GetParam().bulk ? 0 : 2);
    EXPECT_EQ(run.deleted_so_far(), 2);
}

constexpr std::chrono::milliseconds cut = 14 * 24h - 1h;
INSTANTIATE_TEST_SUITE_P(all, purge_ages,
                         testing::Values(age_case{0ms, true}, age_case{24h, true}, age_case{cut - 1ms, true},
                                         age_case{cut, false}, age_case{14 * 24h, false},
                                         age_case{400 * 24h, false}));

TEST(purge_run, what_grows_too_old_while_it_waits_is_not_sent_in_a_chunk) {
    purge_run run({.amount = 3}, now);
    static_cast<void>(run.next(now));
    const std::vector<seen_message> page{{.id = id_of(1min)}, {.id = id_of(2min)}, {.id = id_of(cut - 5s)}};
    run.fetched(page);
    const auto later = run.next(now + 10s);
    EXPECT_EQ(later.what, kind::bulk);
    EXPECT_THAT(later.messages, ElementsAre(page[0].id, page[1].id));
}

TEST(purge_run, old_messages_go_one_by_one_up_to_a_limit) {
    purge_run run({.amount = 300}, now);
    const auto result = play(run, channel_of(300, 20 * 24 * 60min));
    EXPECT_EQ(result.singles, 100);
    EXPECT_EQ(run.deleted_so_far(), 100);
    ASSERT_THAT(codes(run), ElementsAre("too_old"));
    EXPECT_EQ(run.warnings()[0].count, 200);
    EXPECT_THAT(run.warnings()[0].text.en, testing::StartsWith("Left: 200 messages older than 14 days."));
}

TEST(purge_run, young_ones_first_then_the_newest_of_the_old) {
    auto all = channel_of(3);
    const auto old = channel_of(3, 20 * 24 * 60min);
    all.insert(all.end(), old.begin(), old.end());
    purge_run run({.amount = 6}, now, {.old = 2});
    EXPECT_THAT(play(run, all).deleted, ElementsAre(all[0].id, all[1].id, all[2].id, all[3].id, all[4].id));
    EXPECT_EQ(run.warnings()[0].count, 1);
}

TEST(purge_run, what_cannot_be_deleted_is_passed_over_and_told) {
    for (int type = 0; type < 47; ++type) {
        auto all = channel_of(4);
        all[1].type = type;
        purge_run run({.amount = 3}, now);
        const auto result = play(run, all);
        EXPECT_EQ(run.deleted_so_far(), 3) << type;
        const bool never = (type >= 1 && type <= 5) || type == 21;
        EXPECT_EQ(result.deleted[1] == all[1].id, !never) << type;
        EXPECT_EQ(codes(run), never ? std::vector<std::string>{"undeletable"} : std::vector<std::string>{})
            << type;
    }
}

TEST(purge_run, counts_what_it_deleted_and_nothing_else) {
    purge_run run({.amount = 4}, now, {});
    static_cast<void>(run.next(now));
    const auto old = channel_of(4, 20 * 24 * 60min);
    run.fetched(old);
    EXPECT_EQ(run.next(now).messages, std::vector{old[0].id});
    run.gone();
    EXPECT_EQ(run.next(now).messages, std::vector{old[1].id});
    run.undeletable();
    EXPECT_EQ(run.next(now).messages, std::vector{old[2].id});
    // A failure: the same step again.
    EXPECT_EQ(run.next(now).messages, std::vector{old[2].id});
    run.deleted();
    EXPECT_EQ(run.next(now).messages, std::vector{old[3].id});
    run.deleted();
    EXPECT_EQ(run.next(now).what, kind::done);
    EXPECT_EQ(run.deleted_so_far(), 2);
    EXPECT_THAT(codes(run), ElementsAre("undeletable"));
}

TEST(purge_run, a_chunk_that_discord_refuses_goes_one_by_one) {
    for (const bool for_age : {true, false}) {
        purge_run run({.amount = 3}, now);
        static_cast<void>(run.next(now));
        run.fetched(channel_of(3));
        EXPECT_EQ(run.next(now).what, kind::bulk);
        for_age ? run.refused_as_old() : run.refused_for_one();
        EXPECT_EQ(play(run, {}).singles, 3);
        EXPECT_EQ(run.deleted_so_far(), 3);
    }
}

TEST(purge_run, ends_when_its_time_is_over) {
    purge_run run({.amount = 150}, now);
    static_cast<void>(run.next(now));
    run.fetched(channel_of(100));
    EXPECT_EQ(run.next(now + 7min).what, kind::bulk);
    run.deleted();
    EXPECT_EQ(run.next(now + 8min).what, kind::done);
    ASSERT_THAT(codes(run), ElementsAre("out_of_time"));
    EXPECT_EQ(run.warnings()[0].count, 50);
    EXPECT_EQ(run.warnings()[0].text.fr, "Une purge dure 8 minutes au plus : 50 messages au plus n'ont pas "
                                         "été supprimés. Relancez-la pour continuer.");
}

TEST(purge_run, what_its_last_step_did_may_be_told_after_its_time) {
    purge_run run({.amount = 100}, now);
    static_cast<void>(run.next(now));
    run.fetched(channel_of(100));
    const auto chunk = run.next(now).messages;
    EXPECT_EQ(run.next(now + 8min).what, kind::done);
    run.deleted_except(chunk, std::span(chunk).last(30));
    EXPECT_EQ(run.deleted_so_far(), 70);
    ASSERT_THAT(codes(run), ElementsAre("out_of_time"));
    EXPECT_EQ(run.warnings()[0].count, 30);
}

// A chunk without an answer, whose last message became too old while it was waited: 99 are no chunk yet, so
// the next step is another one.
TEST(purge_run, what_became_of_a_chunk_may_be_told_after_some_of_it_became_too_old) {
    const auto page = channel_of(100);
    const auto later =
        std::chrono::ceil<std::chrono::milliseconds>(page.back().id.created_at()) + purge_run::young_for;
    purge_run run({.amount = 300}, later - 1min);
    static_cast<void>(run.next(later - 1min));
    run.fetched(page);
    const auto chunk = run.next(later - 1min).messages;
    ASSERT_EQ(chunk.size(), 100U);
    ASSERT_EQ(run.next(later).what, kind::fetch);
    run.deleted_except(chunk, std::span(chunk).last(1));
    EXPECT_EQ(run.deleted_so_far(), 99);
    EXPECT_EQ(run.next(later).what, kind::fetch);
    run.fetched({});
    EXPECT_THAT(run.next(later).messages, ElementsAre(chunk.back()));
}

TEST(purge_run, a_run_that_is_just_finished_in_time_is_not_late) {
    purge_run run({.amount = 2}, now);
    static_cast<void>(run.next(now));
    run.fetched(channel_of(2));
    static_cast<void>(run.next(now));
    run.deleted();
    EXPECT_EQ(run.next(now + 8min).what, kind::done);
    EXPECT_THAT(run.warnings(), IsEmpty());
}

TEST(purge_run, tells_what_stopped_it_and_how_much_is_left) {
    purge_run run({.amount = 250}, now);
    static_cast<void>(run.next(now));
    run.fetched(channel_of(100));
    const auto chunk = run.next(now).messages;
    run.deleted_except(chunk, std::span(chunk).last(10));
    const auto warnings = run.warnings(
        bot::refusal{.code = "discord_unavailable", .reason = localized{.fr = "Panne.", .en = "Outage."}});
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].code, "discord_unavailable");
    EXPECT_EQ(warnings[0].count, 160);
    EXPECT_EQ(warnings[0].text.en,
              "The purge stopped before its end (up to 160 messages were not deleted): Outage.");
    EXPECT_EQ(run.deleted_so_far(), 90);
}

TEST(purge_modes, are_read_as_they_are_written) {
    for (const auto mode : {purge_mode::count, purge_mode::users, purge_mode::bots})
        EXPECT_EQ(enum_value<purge_mode>(enum_name(mode)), mode);
    EXPECT_STREQ(enum_name(purge_mode::bots), "bots");
    for (const auto* const none : {"", "Count", "all", "0"})
        EXPECT_EQ(enum_value<purge_mode>(none), std::nullopt) << none;
}

} // namespace
} // namespace vagrolant::moderation
