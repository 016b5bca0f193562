#include "base/log.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/dup_filter_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace vagrolant::log {

namespace {

// Lines repeated within this time are counted instead of printed.
constexpr auto collapse_window = std::chrono::seconds(5);
constexpr std::size_t shortest_anywhere = 8;

struct state {
    std::shared_ptr<spdlog::logger> logger;
    std::atomic<level> minimum{level::info};
    std::atomic<format> layout{format::text};
    std::mutex secrets_mutex;         // database workers log too
    std::vector<std::string> secrets; // the longest first: one may hold another
};

state& instance() {
    static state one;
    return one;
}

spdlog::level::level_enum to_spdlog(level at) {
    switch (at) {
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warning:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    case level::off:
        break;
    }
    return spdlog::level::off;
}

std::string_view name(level at) {
    switch (at) {
    case level::debug:
        return "debug";
    case level::info:
        return "info";
    case level::warning:
        return "warning";
    case level::error:
        return "error";
    case level::off:
        break;
    }
    return "off";
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

// A value is quoted when a reader could not tell where it ends; line breaks never reach the log as such.
void append_text_string(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(" \t\r\n\"=") == std::string_view::npos) {
        out += text;
    } else {
        append_json_string(out, text);
    }
}

bool is_word_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || byte >= 0x80;
}

bool stands_alone(std::string_view text, std::size_t at, std::size_t size) {
    const auto after = at + size;
    return (at == 0 || !is_word_character(text[at - 1])) &&
           (after == text.size() || !is_word_character(text[after]));
}

// Before anything is escaped: a quote in a password would no longer be found.
std::string masked(std::string_view from) {
    constexpr std::string_view mark = "***";
    std::string text(from);
    auto& self = instance();
    const std::scoped_lock lock(self.secrets_mutex);
    for (const auto& secret : self.secrets) {
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
            if (secret.size() >= shortest_anywhere || stands_alone(text, at, secret.size())) {
                text.replace(at, secret.size(), mark);
                at += mark.size();
            } else {
                ++at;
            }
        }
    }
    return text;
}

template <class AppendString>
void append_value(std::string& out, const field& detail, AppendString append_string) {
    std::visit(
        [&](const auto& value) {
            using type = std::decay_t<decltype(value)>;
            if constexpr (std::same_as<type, std::string>) {
                append_string(out, masked(value));
            } else if constexpr (std::same_as<type, double>) {
                out += fmt::format("{:.4g}", value);
            } else {
                out += fmt::format("{}", value);
            }
        },
        detail.value());
}

// The duplicate filter's own notice ("Skipped N duplicate messages..") is plain text: in a JSON log it
// becomes a member like any other event.
class json_formatter : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const std::string_view payload(message.payload.data(), message.payload.size());
        if (payload.starts_with('"')) {
            pattern_.format(message, out);
        } else {
            const auto line = render(format::json, level::info, payload, {});
            spdlog::details::log_msg wrapped(message);
            wrapped.payload = line;
            pattern_.format(wrapped, out);
        }
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }

private:
    spdlog::pattern_formatter pattern_{R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ",%v})",
                                       spdlog::pattern_time_type::utc};
};

std::unique_ptr<spdlog::formatter> make_formatter(format layout) {
    if (layout == format::json)
        return std::make_unique<json_formatter>();
    return std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v",
                                                       spdlog::pattern_time_type::utc);
}

std::shared_ptr<spdlog::logger> make_logger(format layout) {
    auto filter = std::make_shared<spdlog::sinks::dup_filter_sink_mt>(collapse_window);
    filter->add_sink(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto logger = std::make_shared<spdlog::logger>("vagrolant", filter);
    filter->set_formatter(make_formatter(layout));
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::debug);
    return logger;
}

} // namespace

void init(level minimum, format layout) {
    auto& self = instance();
    self.minimum = minimum;
    self.layout = layout;
    self.logger = make_logger(layout);
}

void shut_down() {
    auto& self = instance();
    if (self.logger)
        self.logger->flush();
    self.minimum = level::off;
}

void mask(std::string secret) {
    if (secret.empty())
        return;
    auto& self = instance();
    const std::scoped_lock lock(self.secrets_mutex);
    self.secrets.push_back(text::percent_encode(secret));
    self.secrets.push_back(std::move(secret));
    std::ranges::sort(self.secrets, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    const auto twice = std::ranges::unique(self.secrets);
    self.secrets.erase(twice.begin(), twice.end());
}

bool enabled(level at) {
    return at >= instance().minimum.load(std::memory_order_relaxed);
}

std::string render(format layout, level at, std::string_view event, fields details) {
    std::string line;
    if (layout == format::json) {
        line += R"("level":)";
        append_json_string(line, name(at));
        line += R"(,"event":)";
        append_json_string(line, masked(event));
        for (const auto& detail : details) {
            line += ',';
            append_json_string(line, detail.key());
            line += ':';
            append_value(line, detail, append_json_string);
        }
    } else {
        line += fmt::format("{:<7} {}", name(at), masked(event));
        for (const auto& detail : details) {
            line += ' ';
            line += detail.key();
            line += '=';
            append_value(line, detail, append_text_string);
        }
    }
    return line;
}

void write(level at, std::string_view event, fields details) {
    if (!enabled(at))
        return;
    auto& self = instance();
    if (!self.logger)
        init(self.minimum, self.layout);
    self.logger->log(to_spdlog(at), "{}", render(self.layout, at, event, details));
}

} // namespace vagrolant::log
