using System.Collections.Immutable;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public sealed class ConfigurationWatcherTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<NodeConfiguration> _applied = [];
    private readonly string _path;
    private readonly ConfigurationWatcher _watcher;
    private ImmutableArray<Problem> _applyProblems = [];

    public ConfigurationWatcherTests()
    {
        _path = _folder.File("gatehouse.yaml", "version: 1\nnode: a\n");
        _folder.File("own.catalogue", "");
        _watcher = new ConfigurationWatcher(
            _path,
            ConfigurationReader.Read(File.ReadAllText(_path), _path).Value!,
            static path => ConfigurationReader.Read(File.ReadAllBytes(path), path),
            (next, _) =>
            {
                if (_applyProblems.IsEmpty)
                {
                    _applied.Add(next);
                }

                return ValueTask.FromResult(_applyProblems);
            },
            TimeProvider.System,
            NullLogger<ConfigurationWatcher>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _watcher.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_changed_file_is_taken_over_once_it_has_settled()
    {
        await Settle();
        _applied.ShouldBeEmpty();
        File.WriteAllText(_path, "version: 1\nnode: b\n");
        await _watcher.PollAsync(default);
        _applied.ShouldBeEmpty("it may be half written");
        await _watcher.PollAsync(default);
        await Settle();

        _applied.ShouldHaveSingleItem().Node.ShouldBe("b");
        _watcher.Current.Node.ShouldBe("b");
        _watcher.LastProblems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bad_file_never_replaces_a_good_one()
    {
        await Settle();
        File.WriteAllText(_path, "version: 1\nnod: b\n");
        await Settle();

        _applied.ShouldBeEmpty();
        _watcher.Current.Node.ShouldBe("a");
        _watcher.LastProblems.ShouldHaveSingleItem().Id.ShouldBe("GH1006");

        File.WriteAllText(_path, "version: 1\nnode: c\n");
        await Settle();
        _watcher.Current.Node.ShouldBe("c");
        _watcher.LastProblems.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_applied_is_not_in_force()
    {
        await Settle();
        _applyProblems = [ConfigurationProblems.ListenCollision.Because("taken")];
        File.WriteAllText(_path, "version: 1\nnode: b\n");
        await Settle();

        _watcher.Current.Node.ShouldBe("a");
        _watcher.LastProblems.ShouldBe(_applyProblems);
    }

    [Fact]
    public async Task Rename_over_and_a_moment_without_a_file_are_survived()
    {
        await Settle();
        File.Delete(_path);
        await Settle();
        _watcher.Current.Node.ShouldBe("a");
        _watcher.LastProblems.ShouldBeEmpty();

        string other = _folder.File("new", "version: 1\nnode: b\n");
        File.Move(other, _path);
        await Settle();
        _watcher.Current.Node.ShouldBe("b");
    }

    [Fact]
    public async Task A_changed_file_that_the_configuration_names_is_a_change()
    {
        await Settle();
        File.WriteAllText(_path, "version: 1\ncatalogues: {own: {file: own.catalogue}}\n");
        await Settle();
        _applied.Count.ShouldBe(1);
        _folder.File("own.catalogue", "GET / a\n");
        await Settle();
        _applied.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Asked_to_it_reads_at_once_even_without_a_change()
    {
        (await _watcher.ReloadAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        _applied.Count.ShouldBe(1);
        File.WriteAllText(_path, "{");
        (await _watcher.ReloadAsync(TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Id.ShouldBe("GH1002");
        _applied.Count.ShouldBe(1);
    }

    [Fact]
    public async Task It_starts_and_stops()
    {
        _watcher.Start();
        await _watcher.DisposeAsync();
    }

    private async Task Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            await _watcher.PollAsync(default);
        }
    }
}
