using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Where a case plays: a broker, directly or through a gate, with topics and client ids that no other case uses.</summary>
internal sealed class Stage(MqttEndpoint endpoint, int level, string prefix) : IAsyncDisposable
{
    /// <summary>The login of every client; a broker that lets everybody in does not look at it.</summary>
    public const string User = "tester";

    public const string Password = "tester-password-1";

    private readonly List<Player> _players = [];

    public int Level => level;

    public bool IsFive => level == 5;

    /// <summary>What every client got, client by client.</summary>
    public string[] Transcript => [.. _players.SelectMany(static (p, i) => p.Transcript.Select(line => $"{i + 1}: {line}"))];

    /// <summary>A topic or filter of this case alone.</summary>
    public string At(string topic) => $"{prefix}/{topic}";

    /// <summary>A client id of this case alone.</summary>
    public string Id(string name) => $"{prefix}-{name}";

    /// <summary>A CONNECT of a client of this case.</summary>
    public ConnectFields Fields(string name) => new(level, Id(name)) { User = User, Password = Password };

    /// <summary>A connection on which nothing was said.</summary>
    public async Task<Player> OpenAsync()
    {
        Player player = await Player.OpenAsync(endpoint, level);
        _players.Add(player);
        return player;
    }

    /// <summary>A client that is connected, with a clean session where nothing else is said.</summary>
    public async Task<Player> JoinAsync(string name, Func<ConnectFields, ConnectFields>? with = null)
    {
        Player player = await OpenAsync();
        ConnectFields fields = Fields(name);
        await player.ConnectAsync(with is null ? fields : with(fields));
        return player;
    }

    /// <summary>A client that was accepted without a session from before.</summary>
    public async Task<Player> FreshAsync(string name, Func<ConnectFields, ConnectFields>? with = null)
    {
        Player player = await JoinAsync(name, with);
        player.News().ShouldBe(["CONNACK present=0 code=00"]);
        return player;
    }

    /// <summary>A client whose session outlives its connections.</summary>
    public async Task<Player> KeepAsync(string name) =>
        await JoinAsync(name, static f => f with { Clean = false, Properties = f.Level == 5 ? [Property.SessionExpiry(600)] : [] });

    /// <summary>A fresh client with granted subscriptions: <c>filter</c> and QoS.</summary>
    public async Task<Player> SubscriberAsync(string name, params (string Filter, int Options)[] filters)
    {
        Player player = await FreshAsync(name);
        await SubscribeAsync(player, filters);
        return player;
    }

    /// <summary>Subscribes to filters of this case, all of them granted.</summary>
    public async Task SubscribeAsync(Player player, params (string Filter, int Options)[] filters)
    {
        await player.SendAsync(Packet.Subscribe(player.Level, 900, [.. filters.Select(f => (At(f.Filter), f.Options))]));
        await player.FenceAsync();
        player.News().ShouldContain($"SUBACK #900 [{string.Join(' ', filters.Select(static f => $"{f.Options & 3:x2}"))}]");
    }

    /// <summary>A fresh client that asks for a filter at QoS 2; what comes of it is its news.</summary>
    public async Task<Player> SubscriberWithAsync(string name, string filter)
    {
        Player player = await FreshAsync(name);
        await SendAsync(player, Packet.Subscribe(level, 1, (At(filter), 2)));
        return player;
    }

    /// <summary>A PUBLISH to a topic of this case.</summary>
    public byte[] Publish(string topic, string payload, int qos = 0, int id = 0, bool retain = false, bool dup = false, params byte[][] properties) =>
        Packet.Publish(level, At(topic), payload, qos, id, retain, dup, properties);

    /// <summary>Waits until no client has anything more to get: two rounds of fences without news.</summary>
    public async Task SettleAsync()
    {
        for (int quiet = 0; quiet < 2; quiet++)
        {
            foreach (Player player in _players)
            {
                if (await player.FenceAsync() > 0)
                {
                    quiet = -1;
                }
            }
        }
    }

    /// <summary>Sends and waits until everybody has what comes of it.</summary>
    public async Task SendAsync(Player player, params byte[][] packets)
    {
        await player.SendAsync(packets);
        await SettleAsync();
    }

    /// <summary>A DISCONNECT, and the end of the connection.</summary>
    public async Task LeaveAsync(Player player, int? reason = null)
    {
        await player.SendAsync(Packet.Disconnect(level, reason));
        await player.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Player player in _players)
        {
            await player.DisposeAsync();
        }
    }
}
