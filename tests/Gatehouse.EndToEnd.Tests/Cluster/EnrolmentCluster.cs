using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Store;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>A real daemon with its state in etcd, which lets nodes in; hosts that join are folders on the same machine.</summary>
public sealed class EnrolmentCluster : IAsyncLifetime
{
    private readonly EtcdCluster _etcd = new();
    private int _nodes;

    internal Daemon Daemon { get; private set; } = null!;

    /// <summary>Where the admin API is.</summary>
    internal string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Daemon.AdminPort}");

    public async ValueTask InitializeAsync()
    {
        await _etcd.StartAsync();
        Daemon = await new Daemon(string.Create(
            CultureInfo.InvariantCulture, $"node: alpha\nstore: {{ kind: etcd, endpoints: ['{_etcd.Urls[0]}'] }}\nmesh: {{ listen: '0.0.0.0:{Ports.Free()}' }}\n")).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Daemon is not null)
        {
            await Daemon.DisposeAsync();
        }

        await _etcd.DisposeAsync();
    }

    /// <summary>A name that no node had.</summary>
    internal string NewName() => string.Create(CultureInfo.InvariantCulture, $"node{Interlocked.Increment(ref _nodes)}");

    /// <summary>A token for a node, and its id.</summary>
    internal async Task<(string Token, string Id)> TokenAsync(string node, string? address = null)
    {
        using HttpClient client = Daemon.Client(Daemon.AdminPort, "admin", Daemon.Password);
        using var content = new StringContent(JsonSerializer.Serialize(new { node, addresses = new[] { address ?? Address } }), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage answer = await client.PostAsync(new Uri("v1/enrolment-tokens", UriKind.Relative), content);
        string text = await answer.Content.ReadAsStringAsync();
        JsonElement made = answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw new InvalidOperationException(text);
        return (made.GetProperty("token").GetString()!, made.GetProperty("id").GetString()!);
    }

    internal Task<string[]> NodesAsync() => NamesAsync("v1/nodes", "nodes", "name");

    /// <summary>Ids of tokens that were not used up.</summary>
    internal Task<string[]> TokensAsync() => NamesAsync("v1/enrolment-tokens", "tokens", "id");

    private async Task<string[]> NamesAsync(string path, string list, string name)
    {
        using HttpClient client = Daemon.Client(Daemon.AdminPort, "admin", Daemon.Password);
        using JsonDocument answer = JsonDocument.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative)));
        return [.. answer.RootElement.GetProperty(list).EnumerateArray().Select(one => one.GetProperty(name).GetString()!)];
    }
}

/// <summary>The classes that share it.</summary>
[CollectionDefinition(nameof(EnrolmentCluster))]
public sealed class EnrolmentClusterCollection : ICollectionFixture<EnrolmentCluster>;
