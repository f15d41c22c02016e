using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Engine.Administration.Imports.Mqtt;

/// <summary>One way in which a client can be meant: a user, a network, and what cannot be said of the rest.</summary>
/// <param name="Who">The user, or a wider circle.</param>
/// <param name="Sources">Networks; empty: any.</param>
/// <param name="Unsaid">A further condition that cannot be said here.</param>
internal sealed record Client(RuleWho Who, ImmutableArray<string> Sources, string? Unsaid)
{
    /// <summary>Every client.</summary>
    public static Client Any { get; } = new(RuleWho.Everybody, [], null);

    /// <summary>A client under a condition that cannot be said.</summary>
    public static Client Unknown(string why) => Any with { Unsaid = why };

    /// <summary>Whoever is meant by both; null for nobody.</summary>
    public Client? And(Client other)
    {
        string? unsaid = Unsaid ?? other.Unsaid;
        RuleWho? who = other.Who.IsWithin(Who) ? other.Who : Who.IsWithin(other.Who) ? Who : null;
        if (who is null && Who.Kind == WhoKind.Users && other.Who.Kind == WhoKind.Users)
        {
            (who, unsaid) = (Who, "two patterns of user names at once");
        }

        bool isSame = Sources.IsEmpty || other.Sources.IsEmpty || Sources.SequenceEqual(other.Sources, StringComparer.Ordinal);
        return who is null ? null : new Client(who, Sources.IsEmpty ? other.Sources : Sources, unsaid ?? (isSame ? null : "two networks at once"));
    }
}

/// <summary>Whom a rule of EMQX speaks of, as a list of ways to be meant.</summary>
internal static class EmqxWho
{
    private const int MostWays = 256;

    /// <summary>Reads a condition of <c>acl.conf</c>. What is not known is a condition that cannot be said.</summary>
    public static ImmutableArray<Client> Read(ErlangTerm term)
    {
        ImmutableArray<Client> ways = Ways(term);
        return ways.Length <= MostWays ? ways : [Client.Unknown("its condition has too many alternatives")];
    }

    /// <summary>A user by name.</summary>
    public static Client User(string? name) =>
        name is not null && NamePatterns.CanBeNamed(name)
            ? Client.Any with { Who = new RuleWho(WhoKind.User, name) }
            : Client.Unknown("a user name that cannot be written in a mapping");

    /// <summary>Users by a regular expression.</summary>
    public static Client Users(string? expression) =>
        expression is not null && NamePatterns.Read(expression) is { } who
            ? Client.Any with { Who = who }
            : Client.Unknown("user names by a regular expression that is more than text between anchors");

    /// <summary>Clients from networks.</summary>
    public static Client From(IEnumerable<string?> networks)
    {
        string?[] read = [.. networks.Select(Network)];
        return read.Length > 0 && Array.TrueForAll(read, static network => network is not null)
            ? Client.Any with { Sources = [.. read.Distinct(StringComparer.Ordinal)!] }
            : Client.Unknown("a network that is none in plain form");
    }

    private static ImmutableArray<Client> Ways(ErlangTerm term)
    {
        if (term.IsAtom("all"))
        {
            return [Client.Any];
        }

        if (term is not ErlangTuple { Items: [ErlangAtom { Name: { } word }, ..] items } || items.Length < 2)
        {
            return [Client.Unknown("whom it speaks of is not understood")];
        }

        ErlangTerm value = items[1];
        return (word, items.Length, value) switch
        {
            ("user" or "username", 2, _) => [Expression(value) is { } expression ? Users(expression) : User(value.Text)],
            ("ipaddr", 2, _) => [From([value.Text])],
            ("ipaddrs", 2, ErlangList list) => [From(list.Items.Select(static item => item.Text))],
            ("and", 2, ErlangList list) => All(list.Items),
            ("or", 2, ErlangList list) => [.. list.Items.SelectMany(static item => Ways(item)).Take(MostWays + 1)],
            ("client" or "clientid", 2, _) => [Client.Unknown("client ids: rights here are of users")],
            ("security_profile", 2, _) => [Client.Unknown("the security profile of the broker, which no gate knows")],
            ("zone" or "listener", 2, _) => [Client.Unknown($"the {word} of the broker; a gate's name in `gates` can stand for it")],
            ("client_attr", _, _) => [Client.Unknown("attributes that the broker makes of clients")],
            _ => [Client.Unknown("whom it speaks of is not understood")],
        };
    }

    private static string? Expression(ErlangTerm term) =>
        term is ErlangTuple { Items: [ErlangAtom { Name: "re" }, { } expression] } ? expression.Text ?? "" : null;

    private static ImmutableArray<Client> All(ImmutableArray<ErlangTerm> conditions)
    {
        ImmutableArray<Client> ways = [Client.Any];
        foreach (ErlangTerm condition in conditions)
        {
            ImmutableArray<Client> further = Ways(condition);
            ways = [.. ways.SelectMany(way => further.Select(other => way.And(other))).OfType<Client>().Take(MostWays + 1)];
        }

        return ways;
    }

    // The address itself, or the base of its network, as EMQX reads both.
    private static string? Network(string? text)
    {
        string[] parts = (text ?? "").Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out IPAddress? address) || address.IsIPv4MappedToIPv6
            || parts[0].AsSpan().ContainsAny('%', '[') || (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != parts[0]))
        {
            return null;
        }

        byte[] bytes = address.GetAddressBytes();
        int bits = bytes.Length * 8;
        if (parts.Length == 2 && (!int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out bits) || bits > bytes.Length * 8))
        {
            return null;
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            int kept = Math.Clamp(bits - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return parts.Length == 2 ? $"{new IPAddress(bytes)}/{bits}" : address.ToString();
    }
}
