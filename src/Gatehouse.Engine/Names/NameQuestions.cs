using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Network;

namespace Gatehouse.Engine.Names;

/// <summary>Questions to the resolver with what an answer must be like to count: in time, not too long, names that are names.</summary>
internal sealed class NameQuestions(INameResolver resolver, NameLimits limits, TimeProvider time)
{
    /// <summary>
    /// Forward-confirmed reverse lookup: what the reverse zone claims, and which of these names have the source among their
    /// addresses. The default where that is not certain.
    /// </summary>
    public async Task<SourceNames> NamesOfAsync(IPAddress source, CancellationToken cancellation)
    {
        NameAnswer<string> reverse = await InTimeAsync(token => resolver.NamesOfAsync(source, token), cancellation);
        if (reverse.IsFailure || reverse.Values.Length > limits.NamesPerSource)
        {
            return default;
        }

        ImmutableArray<string>.Builder claimed = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<string>.Builder confirmed = ImmutableArray.CreateBuilder<string>();
        foreach (string answer in reverse.Values)
        {
            // A text that is no name was put there on purpose: nothing can be said about such a source.
            if (HostPattern.Normalize(answer) is not { } name)
            {
                return default;
            }

            claimed.Add(name);
            NameAnswer<IPAddress> forward = await AddressesOfAsync(name, cancellation);
            if (forward.IsFailure)
            {
                return default;
            }

            if (forward.Values.Length <= limits.AddressesPerName && forward.Values.Contains(source))
            {
                confirmed.Add(name);
            }
        }

        return new SourceNames(true, claimed.ToImmutable(), confirmed.ToImmutable());
    }

    /// <summary>Addresses of a name, IPv4 as IPv4, without zones, each once; may be more than count.</summary>
    public async Task<NameAnswer<IPAddress>> AddressesOfAsync(string name, CancellationToken cancellation)
    {
        NameAnswer<IPAddress> answer = await InTimeAsync(token => resolver.AddressesOfAsync(name, token), cancellation);
        return answer.IsFailure ? answer : new NameAnswer<IPAddress>([.. answer.Values.Where(a => IsCredible(name, a)).Select(Plain).Distinct()]);
    }

    // Somebody else's zone must not speak for this host: only `localhost` is on it.
    private static bool IsCredible(string name, IPAddress address)
    {
        IPAddress plain = Plain(address);
        bool isOwn = IPAddress.IsLoopback(plain) || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any);
        return !isOwn || name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal);
    }

    private static IPAddress Plain(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    private async Task<NameAnswer<T>> InTimeAsync<T>(Func<CancellationToken, Task<NameAnswer<T>>> ask, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task<NameAnswer<T>> question = ask(limit.Token);
            try
            {
                return await question.WaitAsync(limits.Patience, time, cancellation);
            }
            finally
            {
                await limit.CancelAsync();
            }
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException or SocketException or ArgumentException)
        {
            return NameAnswer<T>.Failure;
        }
    }
}
