import { describe, expect, it } from 'vitest'
import { type MediaOffer, namesHtml, negotiate, parseAccept } from '../../src/http/negotiate.js'

const offer = (type: string, parameters?: Record<string, string>): MediaOffer<string> => ({
  value: type,
  type,
  ...(parameters && { parameters }),
})
const html = offer('text/html')
const json = offer('application/json')
const csv = offer('text/csv')

describe('RFC 9110, 12.5.1', () => {
  // the table of the RFC's example: quality of each type, found by offering it against a rival of known quality
  const accept = 'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5'
  it.each([
    [offer('text/plain', { format: 'flowed' }), 1],
    [offer('text/plain'), 0.7],
    [offer('text/html'), 0.3],
    [offer('image/jpeg'), 0.5],
    [offer('text/plain', { format: 'fixed' }), 0.4],
    [offer('text/html', { level: '3' }), 0.3],
  ])('%o has quality %d', (offered, quality) => {
    const rival = (q: number) => negotiate(`${accept}, x/rival;q=${q.toFixed(3)}`, [offered, offer('x/rival')])
    expect(rival(quality - 0.001)).toBe(offered.value)
    if (quality < 1) expect(rival(quality + 0.001)).toBe('x/rival')
  })

  it.each([
    ['audio/*; q=0.2, audio/basic', [offer('audio/mp3'), offer('audio/basic')], 'audio/basic'],
    ['text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c', [offer('text/plain'), html], 'text/html'],
    ['text/html;q=0, */*', [html, csv], 'text/csv'],
    ['text/html;q=0, text/*', [html], null],
    ['text/html;q=0.5, */*;q=0.9', [html], 'text/html'],
    ['text/*;q=0', [html, csv], null],
    ['TEXT/HTML', [json, html], 'text/html'],
    [' text/html ; Q=0.2 , application/json ; q=0.1 ', [json, html], 'text/html'],
    ['text/html;level=1', [html], null],
    ['text/html;charset=utf-8', [html], 'text/html'],
    ['text/html;x="a,b;q=0";q=0.5, text/csv;q=0.4', [csv, offer('text/html', { x: 'a,b;q=0' })], 'text/html'],
    ['text/html;q="0.5"', [html], 'text/html'],
    ['application/json;q=1;extension=1', [json], 'application/json'],
    ['text/html, application/json', [json, html], 'text/html'],
    ['*/*', [json, html], 'application/json'],
  ])('%s', (header, offers, expected) => {
    expect(negotiate(header, offers)).toBe(expected)
  })
})

describe('unreadable headers', () => {
  it.each([
    undefined,
    '',
    ',',
    ' , ,',
    'garbage',
    'text',
    '*',
    '/',
    'text/',
    '*/html',
    'text/html;q=2',
    'text/html;q=-1',
    'text/html;q=x',
  ])('%s takes anything', (header) => {
    expect(negotiate(header, [json, html])).toBe('application/json')
  })

  it('a bad element does not spoil the others', () => {
    expect(negotiate('text/html;q=9, application/json;q=0.1', [html, json])).toBe('application/json')
  })

  it('reads no more ranges than any real client names', () => {
    expect(parseAccept('a/b,'.repeat(4000))).toHaveLength(64)
  })
})

it.each([
  ['text/html', true],
  ['application/json, TEXT/HTML;q=0.1', true],
  ['text/html;q=0', false],
  ['*/*', false],
  ['text/*', false],
  [undefined, false],
])('%s names HTML: %s', (header, expected) => {
  expect(namesHtml(header)).toBe(expected)
})
