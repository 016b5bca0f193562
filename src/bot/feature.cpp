#include "bot/feature.hpp"

#include <stdexcept>

namespace vagrolant::bot {

void registry::command(const discord::application_command& declaration, deferral automatic, handler work) {
    commands_.push_back(declaration);
    command_routes_.push_back({std::string(declaration.name.en), automatic, work});
}

void registry::command(const discord::application_command& declaration, deferral automatic,
                       std::initializer_list<std::pair<std::string, handler>> subcommands) {
    commands_.push_back(declaration);
    for (const auto& [path, work] : subcommands)
        command_routes_.push_back({path, automatic, work});
}

void registry::autocomplete(std::string command_path, std::string option, completer work) {
    completions_.push_back({std::move(command_path), std::move(option), work});
}

void registry::component(std::string pattern, deferral automatic, handler work) {
    components_.push_back({std::move(pattern), automatic, work});
}

void registry::modal(std::string pattern, deferral automatic, handler work) {
    modals_.push_back({std::move(pattern), automatic, work});
}

void registry::action(dashboard_action what) {
    const auto [where, inserted] = actions_.try_emplace(std::string(what.name), what);
    if (!inserted)
        throw std::logic_error("dashboard action registered twice: " + where->first);
}

void registry::job(std::string name, awaitable<void> (*work)(services&)) {
    jobs_.push_back({std::move(name), work});
}

const dashboard_action* registry::find_action(std::string_view name) const {
    const auto found = actions_.find(name);
    return found == actions_.end() ? nullptr : &found->second;
}

void registry::install(services& with, discord::interactions::router& router,
                       discord::dispatcher& events) const {
    for (const auto& make : states_)
        make(with);
    const auto bind = [&with](handler work) {
        return [work, &with](context& ctx) { return work(with, ctx); };
    };
    for (const auto& one : command_routes_)
        router.command(one.path, one.automatic, bind(one.work));
    for (const auto& one : components_)
        router.component(one.path, one.automatic, bind(one.work));
    for (const auto& one : modals_)
        router.modal(one.path, one.automatic, bind(one.work));
    for (const auto& one : completions_) {
        router.autocomplete(one.path, one.option,
                            [work = one.work, &with](context& ctx) { return work(with, ctx); });
    }
    for (const auto& subscribe : subscriptions_)
        subscribe(with, events);
    router.check(commands_);
}

void registry::start_jobs(services& with) const {
    for (const auto& one : jobs_)
        with.tasks.spawn(one.name, one.work(with));
}

} // namespace vagrolant::bot
