using System.Collections.Concurrent;
using System.Net;
using Gatehouse.Engine.Names;

namespace Gatehouse.Engine.Tests.Names;

/// <summary>A resolver that answers as told; without a script it never does.</summary>
internal sealed class ScriptedResolver : INameResolver
{
    private readonly ConcurrentDictionary<string, NameAnswer<string>> _reverse = new();
    private readonly ConcurrentDictionary<string, NameAnswer<IPAddress>> _forward = new();

    public ConcurrentQueue<string> Asked { get; } = new();

    public void Reverse(string address, params string[] names) => _reverse[address] = new NameAnswer<string>([.. names]);

    public void ReverseFails(string address) => _reverse[address] = NameAnswer<string>.Failure;

    public void Forward(string name, params string[] addresses) =>
        _forward[name] = new NameAnswer<IPAddress>([.. addresses.Select(IPAddress.Parse)]);

    public void ForwardFails(string name) => _forward[name] = NameAnswer<IPAddress>.Failure;

    public Task<NameAnswer<string>> NamesOfAsync(IPAddress address, CancellationToken cancellation) =>
        AnswerAsync(address.ToString(), _reverse, cancellation);

    public Task<NameAnswer<IPAddress>> AddressesOfAsync(string name, CancellationToken cancellation) => AnswerAsync(name, _forward, cancellation);

    private async Task<NameAnswer<T>> AnswerAsync<T>(string asked, ConcurrentDictionary<string, NameAnswer<T>> script, CancellationToken cancellation)
    {
        Asked.Enqueue(asked);
        if (script.TryGetValue(asked, out NameAnswer<T> answer))
        {
            return answer;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        return NameAnswer<T>.Failure;
    }
}
