#include "features/voice_hubs/doctor.hpp"

#include <gmock/gmock.h>

namespace vagrolant::voice_hubs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using enum discord::permission;
using severity = doctor_finding::severity;

const permissions all = permissions::all();

hub_facts a_hub() {
    return {.what = {.channel = channel_id(50), .guild = guild_id(5)},
            .channel = {.id = channel_id(50), .name = "Hub", .own = all},
            .categories = {{.id = channel_id(7), .name = "Salons", .own = all, .children = 3}}};
}

TEST(voice_doctor, says_nothing_where_all_is_well_or_there_is_no_hub) {
    EXPECT_THAT(examine({.own = all, .channels = 10, .hubs = {a_hub()}}), IsEmpty());
    EXPECT_THAT(examine({.own = {}, .channels = 10}), IsEmpty());
}

TEST(voice_doctor, names_what_is_missing_where_and_what_for) {
    const auto in_guild = examine({.own = all.without(move_members), .hubs = {a_hub()}});
    ASSERT_THAT(in_guild, SizeIs(1));
    EXPECT_EQ(in_guild.front().how_bad, severity::error);
    EXPECT_FALSE(in_guild.front().where);
    EXPECT_THAT(in_guild.front().what.fr, HasSubstr("personne n'est conduit"));

    auto hub = a_hub();
    hub.categories.front().own = all.without(manage_channels);
    const auto in_category = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(in_category, SizeIs(1));
    EXPECT_EQ(in_category.front().where, channel_id(7));
    EXPECT_THAT(in_category.front().what.en, HasSubstr("Salons"));
}

TEST(voice_doctor, every_permission_is_named_wherever_it_is_missing) {
    struct need {
        discord::permission what;
        severity how_bad;
    };
    for (const auto& one : {need{view_channel, severity::error}, need{manage_channels, severity::error},
                            need{connect, severity::error}, need{move_members, severity::error},
                            need{manage_roles, severity::error}, need{speak, severity::warning},
                            need{mute_members, severity::warning}, need{send_messages, severity::warning},
                            need{set_voice_channel_status, severity::warning}}) {
        const auto missing = all.without(one.what);
        const auto expect_one = [&one](const std::vector<doctor_finding>& found, channel_id where) {
            ASSERT_THAT(found, SizeIs(1));
            EXPECT_EQ(found.front().how_bad, one.how_bad);
            EXPECT_EQ(found.front().where, where);
            EXPECT_THAT(found.front().what.fr, HasSubstr(discord::name_of(one.what).fr));
        };
        expect_one(examine({.own = missing, .hubs = {a_hub()}}), {});
        auto hub = a_hub();
        hub.channel.own = missing;
        expect_one(examine({.own = all, .hubs = {hub}}), hub.channel.id);
        hub = a_hub();
        hub.rooms = {{.id = channel_id(60), .name = "Chez Zoé", .own = missing}};
        expect_one(examine({.own = all, .hubs = {hub}}), channel_id(60));
    }
}

TEST(voice_doctor, says_what_it_cannot_know) {
    const auto found = examine({.own = all, .current = false, .hubs = {a_hub()}});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().how_bad, severity::warning);
    EXPECT_THAT(found.front().what.fr, HasSubstr("pas joignable"));
    EXPECT_THAT(examine({.own = all, .current = false}), SizeIs(1));
    auto hub = a_hub();
    hub.what.settings.permissions_from = permission_source::template_channel;
    hub.template_channel = place{.id = channel_id(9), .hidden = true};
    const auto hidden = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(hidden, SizeIs(1));
    EXPECT_EQ(hidden.front().how_bad, severity::error);
}

TEST(voice_doctor, roles_that_are_gone) {
    auto hub = a_hub();
    hub.what.settings.allowed_roles = {role_id(1), role_id(2)};
    EXPECT_THAT(examine({.own = all, .hubs = {hub}}), IsEmpty());
    hub.dead_roles = 1;
    const auto some = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(some, SizeIs(1));
    EXPECT_EQ(some.front().how_bad, severity::warning);
    hub.dead_roles = 2;
    const auto none = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(none, SizeIs(1));
    EXPECT_EQ(none.front().how_bad, severity::error);
    EXPECT_THAT(none.front().what.fr, HasSubstr("personne n'y a de salon"));
}

TEST(voice_doctor, what_discord_refuses_and_when_it_is_asked_again) {
    auto hub = a_hub();
    hub.refused = bot::phrase("Ce serveur est plein.", "This server is full.");
    hub.asked_again = time_point(std::chrono::milliseconds(1'800'000'000'001));
    const auto found = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().how_bad, severity::error);
    EXPECT_EQ(found.front().what.fr,
              "Discord ne laisse créer aucun salon. Ce serveur est plein. Nouvel essai <t:1800000001:R>.");
}

TEST(voice_doctor, a_hub_that_has_become_the_afk_channel) {
    auto hub = a_hub();
    hub.afk = true;
    const auto found = examine({.own = all, .hubs = {hub}});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().how_bad, severity::error);
    EXPECT_EQ(found.front().where, hub.channel.id);
    EXPECT_THAT(found.front().what.fr, HasSubstr("salon d'inactivité"));
}

TEST(voice_doctor, games_need_presences) {
    auto hub = a_hub();
    hub.what.settings.name_template = "{member} · {game}";
    EXPECT_THAT(examine({.own = all, .presences = true, .hubs = {hub}}), IsEmpty());
    const auto found = examine({.own = all, .presences = false, .hubs = {hub}});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().how_bad, severity::warning);
    EXPECT_THAT(found.front().what.fr, HasSubstr("« Presence Intent »"));
    EXPECT_THAT(found.front().what.en, HasSubstr("{game}, but"));
    EXPECT_THAT(examine({.own = all, .presences = false, .hubs = {a_hub()}}), IsEmpty());
}

TEST(voice_doctor, errors_come_before_warnings_before_the_plan) {
    auto hub = a_hub();
    hub.what.settings.permissions_from = permission_source::template_channel;
    hub.categories.front().children = 50;
    hub.log_channel = place{.id = channel_id(9), .exists = false};
    hub.lost = {{.whose = subject::of(role_id(3)), .bits = manage_webhooks}};
    const auto found = examine(
        {.own = all,
         .channels = 500,
         .hubs = {hub},
         .plan = {{.what = reconcile_step::kind::empty, .channel = channel_id(60), .name = "Chez Zoé"},
                  {.what = reconcile_step::kind::occupied, .channel = channel_id(61)}}});
    ASSERT_THAT(found, SizeIs(6));
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto expected = i < 2 ? severity::error : i < 5 ? severity::warning : severity::plan;
        EXPECT_EQ(found[i].how_bad, expected) << found[i].what.en;
    }
    EXPECT_THAT(found.back().what.fr, HasSubstr("« Chez Zoé » est vide"));
}

} // namespace
} // namespace vagrolant::voice_hubs
