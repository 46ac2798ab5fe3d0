// A REST service with gin and pgx on the product's own tables; prints its port.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const (
	newest       = 20
	storyColumns = `id, revision, title, synopsis, style, aspect_ratio, language, motion, status,
		created_at, updated_at`
	selectStory = `SELECT ` + storyColumns + ` FROM story WHERE id = $1 AND owner_id = 'local'`
	selectPage  = `SELECT ` + storyColumns + ` FROM story WHERE owner_id = 'local'
		ORDER BY id DESC LIMIT $1`
	selectShots = `SELECT shot.id, story_id, revision, position, title, shot.prompt, narration,
			transition, motion, duration_seconds, shot.status, progress, attempt, media_key,
			shot.created_at, shot.updated_at
		FROM shot LEFT JOIN take ON take.id = shot.selected_take_id
		WHERE story_id = ANY($1) ORDER BY story_id, position`

	insertStory = `INSERT INTO story (id, owner_id, content, text_format, style, aspect_ratio,
			language, auto_render, motion, status, attempt, event_seq, revision)
		VALUES ($1, 'local', $2, 'PLAIN', 'MOVIE', 'WIDE_16_9', '', false, 'STILL', 'PENDING',
			0, 1, 1)`
	insertEvent = `INSERT INTO event (story_id, seq, type) VALUES ($1, 1, 'STORY_CREATED')`
	insertWork  = `INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, status,
			attempt, interruptions)
		VALUES ($1, 'SCRIPT', $2, 'local', $2, 'studio', 'PENDING', 0, 0)`
	// The table's trigger notifies the workers.
	insertJob = `WITH job AS (
			INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, headers, status)
			VALUES (0, 'script.studio', $1, $2, 'null', 'queued')
			RETURNING id, entrypoint, priority, status
		)
		INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
		SELECT id, status, entrypoint, priority FROM job`
	notify = `SELECT pg_notify('ai_story_doorbell', $1)`
)

type story struct {
	ID          string  `json:"id"`
	Revision    int     `json:"revision"`
	Title       *string `json:"title"`
	Synopsis    *string `json:"synopsis"`
	Style       string  `json:"style"`
	AspectRatio string  `json:"aspectRatio"`
	Language    string  `json:"language"`
	Motion      string  `json:"motion"`
	Status      string  `json:"status"`
	CreatedAt   string  `json:"createdAt"`
	UpdatedAt   string  `json:"updatedAt"`
	Shots       []shot  `json:"shots"`
}

type shot struct {
	ID              string   `json:"id"`
	Revision        int      `json:"revision"`
	Position        int      `json:"position"`
	Title           string   `json:"title"`
	Prompt          string   `json:"prompt"`
	Narration       string   `json:"narration"`
	Transition      string   `json:"transition"`
	Motion          string   `json:"motion"`
	DurationSeconds float64  `json:"durationSeconds"`
	Status          string   `json:"status"`
	Progress        *float64 `json:"progress"`
	Attempt         int      `json:"attempt"`
	ImageURL        *string  `json:"imageUrl"`
	CreatedAt       string   `json:"createdAt"`
	UpdatedAt       string   `json:"updatedAt"`
}

type service struct {
	pool     *pgxpool.Pool
	mediaURL string
}

func iso(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// newID makes a UUIDv7.
func newID() (string, error) {
	var id [16]byte
	if _, err := rand.Read(id[6:]); err != nil {
		return "", err
	}
	now := time.Now().UnixMilli()
	for i := 0; i < 6; i++ {
		id[i] = byte(now >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), nil
}

func scanStory(row pgx.Row) (*story, error) {
	one := story{Shots: []shot{}}
	var createdAt, updatedAt time.Time
	err := row.Scan(&one.ID, &one.Revision, &one.Title, &one.Synopsis, &one.Style,
		&one.AspectRatio, &one.Language, &one.Motion, &one.Status, &createdAt, &updatedAt)
	one.CreatedAt, one.UpdatedAt = iso(createdAt), iso(updatedAt)
	return &one, err
}

// addShots reads the shots of all these stories in one statement.
func (s *service) addShots(ctx context.Context, stories ...*story) error {
	ids := make([]string, len(stories))
	byID := make(map[string]*story, len(stories))
	for i, one := range stories {
		ids[i], byID[one.ID] = one.ID, one
	}
	rows, err := s.pool.Query(ctx, selectShots, ids)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var one shot
		var storyID string
		var createdAt, updatedAt time.Time
		err := rows.Scan(&one.ID, &storyID, &one.Revision, &one.Position, &one.Title, &one.Prompt,
			&one.Narration, &one.Transition, &one.Motion, &one.DurationSeconds, &one.Status,
			&one.Progress, &one.Attempt, &one.ImageURL, &createdAt, &updatedAt)
		if err != nil {
			return err
		}
		if one.ImageURL != nil {
			url := s.mediaURL + *one.ImageURL
			one.ImageURL = &url
		}
		one.CreatedAt, one.UpdatedAt = iso(createdAt), iso(updatedAt)
		byID[storyID].Shots = append(byID[storyID].Shots, one)
	}
	return rows.Err()
}

func (s *service) getStory(c *gin.Context) {
	ctx := c.Request.Context()
	one, err := scanStory(s.pool.QueryRow(ctx, selectStory, c.Param("id")))
	if err == nil {
		err = s.addShots(ctx, one)
	}
	answer(c, http.StatusOK, one, err)
}

func (s *service) listStories(c *gin.Context) {
	stories, err := s.page(c.Request.Context())
	answer(c, http.StatusOK, stories, err)
}

func (s *service) page(ctx context.Context) ([]*story, error) {
	rows, err := s.pool.Query(ctx, selectPage, newest)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stories := make([]*story, 0, newest)
	for rows.Next() {
		one, err := scanStory(rows)
		if err != nil {
			return nil, err
		}
		stories = append(stories, one)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return stories, s.addShots(ctx, stories...)
}

func (s *service) createStory(c *gin.Context) {
	var wish struct {
		Content string `json:"content" binding:"required"`
	}
	if err := c.ShouldBindJSON(&wish); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	id, err := s.add(c.Request.Context(), wish.Content)
	answer(c, http.StatusCreated, gin.H{"id": id, "status": "PENDING", "eventCursor": 1}, err)
}

// add writes all rows in one transaction; its statements are sent together.
func (s *service) add(ctx context.Context, content string) (string, error) {
	storyID, err := newID()
	if err != nil {
		return "", err
	}
	workID, err := newID()
	if err != nil {
		return "", err
	}
	payload := fmt.Sprintf(`{"story_id": "%s", "work_id": "%s", "detail": ""}`, storyID, workID)
	batch := &pgx.Batch{}
	batch.Queue(insertStory, storyID, content)
	batch.Queue(insertEvent, storyID)
	batch.Queue(insertWork, workID, storyID)
	batch.Queue(insertJob, []byte(payload), workID)
	batch.Queue(notify, storyID)
	return storyID, s.pool.BeginFunc(ctx, func(tx pgx.Tx) error {
		return tx.SendBatch(ctx, batch).Close()
	})
}

func answer(c *gin.Context, status int, body any, err error) {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		c.Status(http.StatusNotFound)
	case err != nil:
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
	default:
		c.JSON(status, body)
	}
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("PEER_DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 10
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	s := &service{pool, os.Getenv("PEER_MEDIA_URL")}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.RecoveryWithWriter(io.Discard)) // clients may leave before they are answered
	router.GET("/stories/:id", s.getStory)
	router.GET("/stories", s.listStories)
	router.POST("/stories", s.createStory)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, router))
}
