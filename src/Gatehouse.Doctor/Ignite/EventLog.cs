using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>What the cluster's configuration says of the node's own event log.</summary>
internal sealed class EventLog
{
    private const string ChannelsPath = "eventlog.channels";
    private const string SinksPath = "eventlog.sinks";

    /// <summary>Its channels.</summary>
    public required ImmutableArray<NamedEntry> Channels { get; init; }

    /// <summary>Its sinks.</summary>
    public required ImmutableArray<NamedEntry> Sinks { get; init; }

    /// <summary>Reads it; null where channels or sinks cannot be told.</summary>
    public static EventLog? Of(IgniteFile file) =>
        file.Named(ChannelsPath) is { } channels && file.Named(SinksPath) is { } sinks ? new EventLog { Channels = channels, Sinks = sinks } : null;

    /// <summary>Which of the two lists cannot be told.</summary>
    public static Setting UnknownOf(IgniteFile file) => file.At(file.Named(ChannelsPath) is null ? ChannelsPath : SinksPath);

    /// <summary>What a sink is: the log where it does not say.</summary>
    public static string? TypeOf(NamedEntry sink) => IgniteFile.TextOf(sink.At("type"), "log");

    /// <summary>The channel that a sink takes events of.</summary>
    public static string? ChannelOf(NamedEntry sink) => IgniteFile.TextOf(sink.At("channel"));

    /// <summary>Whether a channel is on; null where that cannot be told.</summary>
    public static bool? IsOn(NamedEntry channel) => IgniteFile.IsGiven(channel.At("enabled")) ? channel.At("enabled").AsBoolean() : true;

    /// <summary>Whether a sink writes down anything: a log may be switched off by its level.</summary>
    public static bool? Writes(NamedEntry sink) =>
        TypeOf(sink) != "log" ? true : IgniteFile.TextOf(sink.At("level"), "INFO") is { } level ? !level.Equals("OFF", StringComparison.OrdinalIgnoreCase) : null;

    /// <summary>Events that are written down somewhere; null where that cannot be told.</summary>
    public ImmutableHashSet<string>? Recorded()
    {
        ImmutableHashSet<string> found = ImmutableHashSet<string>.Empty.WithComparer(StringComparer.Ordinal);
        foreach (NamedEntry channel in Channels)
        {
            ImmutableArray<NamedEntry> sinks = [.. Sinks.Where(sink => ChannelOf(sink) is null || ChannelOf(sink) == channel.Name)];
            bool isDead = IsOn(channel) == false || sinks.All(static sink => Writes(sink) == false);
            if (isDead)
            {
                continue;
            }

            bool isSure = IsOn(channel) is not null && sinks.Any(static sink => ChannelOf(sink) is not null && Writes(sink) == true);
            if (!isSure || channel.At("events").AsTexts() is not { } events)
            {
                return null;
            }

            found = found.Union(events);
        }

        return found;
    }
}
