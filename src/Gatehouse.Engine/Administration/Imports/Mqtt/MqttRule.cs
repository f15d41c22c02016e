using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>
/// One rule of a list in which the first that matches decides. What of it cannot be said here is in <see cref="Unsaid"/>: an allow is
/// then left out, and a deny holds without that condition.
/// </summary>
internal sealed record MqttRule
{
    /// <summary>Where it stands, and what came of it.</summary>
    public required RuleLine Line { get; init; }

    /// <summary>Whether it allows.</summary>
    public required bool IsAllow { get; init; }

    /// <summary>For whom.</summary>
    public RuleWho Who { get; init; } = RuleWho.Everybody;

    /// <summary>Networks the client comes from; empty: any.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];

    /// <summary>Whether it speaks of publishing.</summary>
    public required bool Publishes { get; init; }

    /// <summary>Whether it speaks of subscribing.</summary>
    public required bool Subscribes { get; init; }

    /// <summary>Qualities of service; empty: any.</summary>
    public ImmutableArray<int> Qos { get; init; } = [];

    /// <summary>Only with or only without retain; null: both. Of publishing alone.</summary>
    public bool? Retain { get; init; }

    /// <summary>Topics; any of them.</summary>
    public required ImmutableArray<RuleTopic> Topics { get; init; }

    /// <summary>Conditions that cannot be said here, and why; null: all can.</summary>
    public string? Unsaid { get; init; }
}

/// <summary>Whom a rule speaks of.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="Name">A name, or a pattern with <c>*</c>; empty for the others.</param>
internal sealed record RuleWho(WhoKind Kind, string Name)
{
    /// <summary>Every client.</summary>
    public static RuleWho Everybody { get; } = new(WhoKind.Everybody, "");

    /// <summary>Clients without a user name.</summary>
    public static RuleWho Anonymous { get; } = new(WhoKind.Anonymous, "");

    /// <summary>Whether all of these are meant by <paramref name="rule"/>.</summary>
    public bool IsWithin(RuleWho rule) => rule == this
        || rule.Kind == WhoKind.Everybody
        || (Kind == WhoKind.User && rule.Kind == WhoKind.Users && NamePatterns.Matches(rule.Name, Name));

    /// <summary>Whether somebody may be meant by both.</summary>
    public bool Meets(RuleWho other) => IsWithin(other) || other.IsWithin(this) || (Kind == WhoKind.Users && other.Kind == WhoKind.Users);
}

/// <summary>Ways to name somebody.</summary>
internal enum WhoKind
{
    /// <summary>Every client.</summary>
    Everybody = 0,

    /// <summary>Clients without a user name.</summary>
    Anonymous = 1,

    /// <summary>One user.</summary>
    User = 2,

    /// <summary>Users by a pattern.</summary>
    Users = 3,
}

/// <summary>A topic of a rule.</summary>
internal sealed record RuleTopic
{
    /// <summary>As it is written there.</summary>
    public required string Original { get; init; }

    /// <summary>What an allow is here, with the very same meaning or a narrower one; null where there is none.</summary>
    public string? Allow { get; init; }

    /// <summary>What a deny is here: all that is meant, or more. Null: nothing can be meant.</summary>
    public string? Deny { get; init; }

    /// <summary>Deny of subscriptions only, where it is another.</summary>
    public string? DenySubscribe { get; init; }

    /// <summary>Filters that hold all that it means there, to look for what it has in common with others.</summary>
    public required string Reach { get; init; }

    /// <summary>Whether <see cref="Reach"/> is just what it means, so that a rule behind one that holds it is never asked.</summary>
    public bool IsExact { get; init; }

    /// <summary>Why an allow cannot be kept, or what is other about it.</summary>
    public string? Why { get; init; }

    /// <summary>Whether a deny of it denies more than there.</summary>
    public bool IsWidened { get; init; }
}

/// <summary>A line of a file: what it says, and what came of it.</summary>
/// <param name="At">Its place.</param>
/// <param name="Text">Its text, short.</param>
internal sealed record RuleLine(ProblemLocation At, string Text)
{
    /// <summary>Which cannot be kept, and why. Each is a problem.</summary>
    public List<string> Lost { get; } = [];

    /// <summary>What is worth knowing and takes nothing from anybody.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Whether a grant came of it.</summary>
    public bool IsKept { get; set; }

    /// <summary>Why nothing had to come of it.</summary>
    public string? Idle { get; set; }

    /// <summary>Says once that something is lost.</summary>
    public void Lose(string why) => Add(Lost, why);

    /// <summary>Says something once.</summary>
    public void Note(string what) => Add(Notes, what);

    private static void Add(List<string> list, string text)
    {
        if (!list.Contains(text))
        {
            list.Add(text);
        }
    }
}
